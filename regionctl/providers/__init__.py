"""What is known of the providers' resource types: their schema, what is refused, what a change replaces.

include(file)     a company's own catalogue: types that the tool does not know, and what it says of others
"""

from __future__ import annotations

from pathlib import Path

_own: list[Path] = []


def include(file: Path) -> None:
    """From now on this catalogue counts besides the tool's. It is read when a type is asked for; there may be none."""
    if file not in _own:
        _own.append(file)


def included() -> tuple[Path, ...]:
    """The companies' own catalogues."""
    return tuple(_own)
