"""The `.attrs` files beside those of a state on this disk.

The file backend (gocloud.dev/blob/fileblob) writes a file's content type and checksum into `<file>.attrs`, not
atomically: a kill in between leaves an empty one, and the state then cannot be read though it is whole. What an
`.attrs` file says is not needed, so a broken one is removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from regionctl.program import StackProgram

from .workspace import Workspace

if TYPE_CHECKING:
    from .session import Session


def drop_broken(session: Session) -> tuple[Path, ...]:
    """Removes the half-written ones of a stack that nobody is changing, and returns them. The run lock must be held."""
    if session.locks.pulumi():
        return ()
    broken = tuple(path for path in _of(session.workspace, session.program) if not _whole(path))
    for path in broken:
        path.unlink(missing_ok=True)
    return broken


def _of(workspace: Workspace, program: StackProgram) -> Iterator[Path]:
    checkpoint, state = workspace.checkpoint(program), workspace.state_dir
    if checkpoint is not None and state is not None:
        yield from checkpoint.parent.glob(f"{checkpoint.name}*.attrs")
        yield from state.glob("*.attrs")


def _whole(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except FileNotFoundError:
        return True
    except (ValueError, RecursionError):
        return False
    except OSError:  # a folder, or unreadable: the engine says so
        return True
