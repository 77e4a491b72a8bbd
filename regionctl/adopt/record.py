"""What was adopted into a stack, so that it can be taken out again: a file beside the fleet's data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from regionctl.model.errors import RegionctlError
from regionctl.system.files import write_whole

VERSION: Final = 1


class DamagedRecord(RegionctlError):
    """The record cannot be read; the state is as it was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__("the record of what was adopted is damaged", where=str(path), hint="move the file away")


class _Document(BaseModel):
    """The record as it stands in its file."""

    model_config = ConfigDict(strict=True)

    version: int = VERSION
    source: str | None
    rules: str | None
    urns: list[str]


class Record:
    """`source` is the export that was last planned or applied from; `urns` what was imported. Written before the import
    itself, so that one that is killed is known."""

    def __init__(self, path: Path) -> None:
        """Raises DamagedRecord."""
        self.path = path
        self.source: str | None = None
        self.rules: str | None = None
        self.urns: tuple[str, ...] = ()
        if path.exists():
            self._read()

    def remember(self, source: Path, rules: Path | None) -> None:
        if source.is_file() or source.is_dir():  # a pipe can be read once
            self.source = str(source)
        self.rules = str(rules) if rules else None
        self._write()

    def add(self, urns: Iterable[str]) -> None:
        self.urns = tuple(dict.fromkeys((*self.urns, *urns)))
        self._write()

    def remove(self, urns: Iterable[str]) -> None:
        gone = set(urns)
        self.urns = tuple(urn for urn in self.urns if urn not in gone)
        self._write()

    def _read(self) -> None:
        try:
            document = _Document.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError) as error:
            raise DamagedRecord(self.path) from error
        self.source, self.rules, self.urns = document.source, document.rules, tuple(document.urns)

    def _write(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        document = _Document(source=self.source, rules=self.rules, urns=list(self.urns))
        write_whole(self.path, document.model_dump_json(indent=2))
