"""States on this disk: Pulumi's file backend, read and mended without the CLI.

The backend (gocloud.dev/blob/fileblob) writes a file's content type and checksum into `<file>.attrs`, not atomically: a
kill in between leaves an empty one, and the state then cannot be read though it is whole. What an `.attrs` file says is
not needed, so a broken one is removed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from regionctl.engine.workspace import Workspace
from regionctl.model.errors import EngineError
from regionctl.model.plan import Plan
from regionctl.model.program import StackProgram
from regionctl.system.reading import NotOfTheShape, parsed

from .backend import Ask
from .checkpoint import EMPTY, Checkpoint, DamagedState, read_checkpoint, write_state
from .history import Applied, last_applied
from .locks import Lock, locks
from .repair import Kept, newest_kept

_ENOUGH_BYTES = 16 * 1024 * 1024  # a state of 150 resources has 300 KB, of which Pulumi keeps half a dozen


class NotEnoughSpace(EngineError):
    """So little is free where the state lies that writing it would cut it off. Nothing was started."""

    def __init__(self, folder: Path, free: int) -> None:
        self.folder = folder
        self.free = free
        super().__init__(
            f"only {free / 1e6:.1f} MB are free here, where the state is written: it would be cut off",
            where=str(folder),
            hint="free some, or give another folder: --state DIR",
        )


@dataclass(frozen=True, kw_only=True)
class OnDisk:
    """A `Backend` on this disk. It remembers nothing, since to read it costs next to nothing."""

    workspace: Workspace
    reads_free = True
    looks_apart = False
    makes_late = False

    def is_absent(self, _program: StackProgram) -> bool:
        return False

    def may_be_new(self, program: StackProgram, *, is_encrypted: bool) -> bool:
        return not self._file(program).is_file()

    def make(self, program: StackProgram, *, may_write: Callable[[], bool], init: Callable[[], bool]) -> bool:
        return write_state(self.workspace, program.project, program.name) if may_write() else init()

    def state(self, program: StackProgram, _ask: Ask) -> Checkpoint:
        return read_checkpoint(self.workspace, program) or EMPTY

    def deployment(self, program: StackProgram, _ask: Ask) -> Mapping[str, Any]:
        if read_checkpoint(self.workspace, program) is None:
            return {}
        latest: Mapping[str, Any] = json.loads(self._file(program).read_bytes())["checkpoint"].get("latest") or {}
        return latest

    def update_count(self, program: StackProgram, _ask: Ask) -> int:
        # pkg/backend/diy/state.go of pulumi v3.259.0
        place = self._folder / "history" / program.project / program.name
        return sum(1 for _ in place.glob("*.history.json"))

    def last_applied(self, program: StackProgram, _ask: Ask) -> Applied | None:
        return last_applied(self.workspace, program)

    def locks(self, program: StackProgram, _call: Ask) -> tuple[Lock, ...]:
        return locks(self.workspace, program)

    def check_space(self) -> None:
        """Pulumi writes each step's state into files beside each other, whatever is left of them."""
        free = shutil.disk_usage(self.workspace.data_dir).free
        if free < _ENOUGH_BYTES:
            raise NotEnoughSpace(self.workspace.data_dir, free)

    def drop_broken(self, program: StackProgram) -> None:
        for path in self._sidecars(program):
            if not is_whole(path):
                path.unlink(missing_ok=True)

    def damage(self, program: StackProgram) -> DamagedState | None:
        try:
            read_checkpoint(self.workspace, program)
        except DamagedState as damage:
            return damage
        return None

    def kept(self, program: StackProgram) -> tuple[list[Kept], tuple[Path, ...]]:
        return newest_kept(self.workspace, program)

    def damaged(self, program: StackProgram, why: str) -> DamagedState:
        return DamagedState(self._file(program), program, why)

    def unreachable(self, _program: StackProgram, _said: str) -> None:
        return None

    def last_outputs(self, _stack: str) -> None:
        return None

    def held_nothing(self, _stack: str) -> None:
        return None

    def learn(self, _results: Mapping[str, Plan | None]) -> None:
        return None

    @property
    def _folder(self) -> Path:
        folder = self.workspace.state_dir
        assert folder is not None, "on this disk"
        return folder

    def _file(self, program: StackProgram) -> Path:
        path = self.workspace.checkpoint(program)
        assert path is not None, "on this disk"
        return path

    def _sidecars(self, program: StackProgram) -> Iterator[Path]:
        checkpoint = self._file(program)
        yield from checkpoint.parent.glob(f"{checkpoint.name}*.attrs")
        yield from self._folder.glob("*.attrs")


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


def is_whole(path: Path) -> bool:
    """Whether the backend can read it, or says itself why it cannot."""
    try:
        parsed(_SHAPE, path.read_bytes())
    except NotOfTheShape:
        return False
    except OSError:
        return True
    return True
