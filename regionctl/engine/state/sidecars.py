"""The `.attrs` files beside those of a state on this disk.

The file backend (gocloud.dev/blob/fileblob) writes a file's content type and checksum into `<file>.attrs`, not
atomically: a kill in between leaves an empty one, and the state then cannot be read though it is whole. What an
`.attrs` file says is not needed, so a broken one is removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from regionctl.engine.workspace import Workspace
from regionctl.model.program import StackProgram
from regionctl.system.reading import NotOfTheShape, parsed

if TYPE_CHECKING:
    from .session import Session


class _Attributes(BaseModel):
    """`xattrs` of gocloud.dev/blob/fileblob/attrs.go."""

    model_config = ConfigDict(strict=True)

    cache_control: str | None = Field(None, alias="user.cache_control")
    content_disposition: str | None = Field(None, alias="user.content_disposition")
    content_encoding: str | None = Field(None, alias="user.content_encoding")
    content_language: str | None = Field(None, alias="user.content_language")
    content_type: str | None = Field(None, alias="user.content_type")
    metadata: dict[str, str] | None = Field(None, alias="user.metadata")
    md5: str | None = None


_SHAPE = TypeAdapter(_Attributes)


def drop_broken(session: Session) -> tuple[Path, ...]:
    """Removes the half-written ones of a stack that nobody is changing, and returns them. The run lock must be held."""
    if session.locks.pulumi():
        return ()
    broken = tuple(path for path in _of(session.workspace, session.program) if not is_whole(path))
    for path in broken:
        path.unlink(missing_ok=True)
    return broken


def _of(workspace: Workspace, program: StackProgram) -> Iterator[Path]:
    checkpoint, state = workspace.checkpoint(program), workspace.state_dir
    if checkpoint is not None and state is not None:
        yield from checkpoint.parent.glob(f"{checkpoint.name}*.attrs")
        yield from state.glob("*.attrs")


def is_whole(path: Path) -> bool:
    """Whether the backend can read it, or says itself why it cannot."""
    try:
        parsed(_SHAPE, path.read_bytes())
    except NotOfTheShape:
        return False
    except OSError:
        return True
    return True
