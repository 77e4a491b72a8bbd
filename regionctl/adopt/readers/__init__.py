"""Reads a folder (or one file) of exports into one inventory: each file by its kind, whatever the mixture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from regionctl.adopt.inventory import Found, Inventory, UnreadableExport, unreadable
from regionctl.adopt.kinds import types
from regionctl.errors import Position, Problem, RegionctlError

from . import asset_inventory, terraform_hcl, terraform_state

Reader = Callable[[bytes, str], Iterator[Found]]

# What each kind of file ends with. A JSON document that is no Terraform state is Cloud Asset Inventory's.
READERS: Final[dict[str, Reader]] = {
    ".tf": terraform_hcl.read,
    ".tfstate": terraform_state.read,
    ".json": asset_inventory.read,
    ".jsonl": asset_inventory.read,
    ".ndjson": asset_inventory.read,
}
# What Terraform writes beside its files.
_IGNORED: Final = frozenset({".terraform", ".git"})


class NothingToRead(RegionctlError):
    """The folder does not exist, or holds no export."""

    def __init__(self, folder: Path, what: str) -> None:
        self.folder = folder
        super().__init__(
            what,
            where=str(folder),
            hint="give a folder of .tf files (gcloud beta resource-config bulk-export --resource-format=terraform),"
            " of .json or .jsonl files (gcloud asset export), or a .tfstate file",
        )


def read(source: Path) -> Inventory:
    """Everything that the exports below `source` hold.

    Raises NothingToRead, and UnreadableExport with every broken file at its line.
    """
    found: list[Found] = []
    problems: list[Problem] = []
    for path in _files(source):
        try:
            found += READERS[path.suffix](_content(path), str(path))
        except UnreadableExport as error:
            problems += error.problems
    if problems:
        raise UnreadableExport(problems)
    numbers = asset_inventory.numbers(found)
    ids = {number: id_ for id_, number in numbers.items()}
    return Inventory(tuple(_once(_by_id(one, ids) for one in found)), numbers)


def _files(source: Path) -> list[Path]:
    if not source.exists():
        raise NothingToRead(source, "there is no such file or folder")
    paths = sorted(source.rglob("*")) if source.is_dir() else [source]
    files = [path for path in paths if path.suffix in READERS and not _IGNORED & set(path.parts) and path.is_file()]
    if not files:
        raise NothingToRead(source, "it holds no export")
    return files


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        content.decode("utf-8")
    except OSError as error:
        raise unreadable(
            Position(str(path), 1, 1), f"cannot be read: {error.strerror}", "mend its permissions"
        ) from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise unreadable(Position(str(path), line, 1), "this is no text in UTF-8", "export it again") from error
    return content


def _by_id(found: Found, ids: Mapping[str, str]) -> Found:
    """A resource whose project is given by its number, with the project's id instead."""
    kind = types().get(found.type)
    if kind is None or found.project is None or found.project not in ids:
        return found
    project = ids[found.project]
    properties = {**found.properties, "project": project}
    return replace(found, project=project, properties=properties, import_id=kind.import_id(properties, project))


def _once(resources: Iterable[Found]) -> Iterator[Found]:
    """A resource that two exports hold, as the first of them says it."""
    seen: set[tuple[str, str]] = set()
    for found in resources:
        identity = (found.type, found.import_id or "")
        if found.import_id is None or identity not in seen:
            seen.add(identity)
            yield found
