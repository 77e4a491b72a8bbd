"""Makes the stacks of another revision, in that revision's process, whose packages come first on the path.

Another revision does not have this file, which is loaded by its path: it imports nothing but what makes programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regionctl.model.program import StackProgram


def load(regions: str, fleet: str) -> Mapping[str, StackProgram]:
    """Every stack of the fleet by its full name. Raises SpecError."""
    from regions.load import load_fleet
    from stacks.programs import programs

    return programs(load_fleet(Path(regions), fleet))
