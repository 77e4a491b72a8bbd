"""Reads a folder (or one file) of exports into one inventory: each file by its kind, whatever the mixture."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from regionctl.adopt.inventory import Found, Inventory, Module, UnreadableExport, unreadable, with_ids
from regionctl.adopt.readers import asset_inventory, terraform
from regionctl.adopt.readers.documents import Json, Node, decoded
from regionctl.adopt.readers.terraform import STATE
from regionctl.model.errors import Position, Problem, RegionctlError

_FORMS: Final = (
    "give a folder of .tf files (gcloud beta resource-config bulk-export --resource-format=terraform),"
    " of .json or .jsonl files (gcloud asset export), or a .tfstate file"
)
_HCL: Final = ".tf"
_JSON: Final = frozenset({".json", ".jsonl", ".ndjson", ".tfstate"})
# What Terraform and git write beside their files.
_IGNORED: Final = frozenset({".terraform", ".git"})
# Files that may well be what somebody exported, in a form that is not read.
_NEARLY: Final = (
    (re.compile(r"\.(gz|zip|bz2|zst|xz|tar|tgz)$"), "a file that is compressed", "unpack it first"),
    (
        re.compile(r"\.ya?ml$"),
        "a file of YAML",
        "export with `--resource-format=terraform`, or with `--format=json`",
    ),
    (
        re.compile(r"\.(tfstate.*|tf|jsonl?|ndjson)\.?(backup|bak|old|orig)$"),
        "a file that is a backup",
        "rename it to read it",
    ),
    (re.compile(r"\.tfplan$"), "a file that is a plan, not what exists", STATE),
)
# JSON that Terraform, OpenTofu or Pulumi writes, by the keys of its top level.
_OTHERS: Final = (
    ({"format_version", "terraform_version"}, "this is what `terraform show -json` prints", STATE),
    ({"encrypted_data"}, "OpenTofu encrypted this state", "take `tofu state pull > export.tfstate`"),
    ({"version", "deployment"}, "this is the state of a Pulumi stack", None),
)
_INDEX: Final = re.compile(r"\[[^\]]*\]$")  # google_x.y["a"]
_MODULE: Final = re.compile(r"module\.([^.\[]+)")
_EXPORTED: Final = re.compile(r'"(asset_?[tT]ype|terraform_version|lineage|iam_?[pP]olicy)"|googleapis\.com')

Reading = Iterator[Found | Problem]


class NothingToRead(RegionctlError):
    """The folder does not exist, or holds no export."""

    def __init__(self, folder: Path, what: str) -> None:
        self.folder = folder
        super().__init__(what, where=str(folder), hint=_FORMS)


def read(source: Path) -> Inventory:
    """Everything that the exports below `source` hold, and what was found there and not read.

    Raises NothingToRead, and UnreadableExport with every broken file at its line; also where no file is an export.
    """
    if not source.exists():
        raise NothingToRead(source, "there is no such file or folder")
    gathered = _Gathered()
    if source.is_dir():
        for path in _below(source, gathered):
            gathered.take(path)
    else:
        gathered.take(source, alone=True)
    if gathered.problems:
        raise UnreadableExport(gathered.problems)
    if not gathered.exports:
        if gathered.unread:
            raise UnreadableExport([replace(one, hint=one.hint or _FORMS) for one in _summed(gathered.unread)])
        raise NothingToRead(source, "it holds no export")
    if not gathered.found and not gathered.unread:
        gathered.unread.append(Problem(Position(str(source), 1, 1), "no resource stands in it"))
    _told_elsewhere(gathered)
    inventory = with_ids(gathered.found)
    return replace(inventory, resources=tuple(_once(inventory.resources)), unread=tuple(_summed(gathered.unread)))


@dataclass
class _Gathered:
    """What the files said so far. `problems` are in exports that are broken; `unread` says what was not read."""

    found: list[Found] = field(default_factory=list)
    unread: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    exports: int = 0

    def take(self, path: Path, *, alone: bool = False) -> None:
        """Reads a file. One that was named alone is read whatever it is called."""
        content = b""
        try:
            reader = _reader(path, alone=alone)
            if isinstance(reader, Problem):
                self.unread.append(reader)
                return
            content = _content(path)
            for one in reader(content, str(path)):
                if isinstance(one, Found):
                    self.found.append(one)
                else:
                    self.unread.append(one)
            self.exports += 1
        except _NoExport as error:
            self.unread.append(error.why)
        except UnreadableExport as error:
            self.problems += _unmerged(content, path) or error.problems
        except RecursionError:
            where = Position(str(path), 1, 1)
            self.problems.append(Problem(where, "this is nested too deeply for an export", "export it again"))


class _NoExport(Exception):
    """A file that nobody meant to be read. Never leaves this module."""

    def __init__(self, why: Problem) -> None:
        self.why = why


def _below(folder: Path, gathered: _Gathered) -> Iterator[Path]:
    """The files of a folder, those behind links too, in the order of their names; each folder once."""
    seen = {folder.resolve()}

    def refused(error: OSError) -> None:
        where = Position(str(error.filename), 1, 1)
        gathered.problems.append(Problem(where, f"cannot be read: {error.strerror}", "mend its permissions"))

    files: list[Path] = []
    for parent, folders, names in os.walk(folder, followlinks=True, onerror=refused):
        inner = []
        for name in sorted(folders):
            path = Path(parent, name)
            if name in _IGNORED:
                continue
            if (real := path.resolve()) in seen:
                what = "it leads to a folder that is read already"
                gathered.unread.append(Problem(Position(str(path), 1, 1), what, "leave the link out"))
                continue
            seen.add(real)
            inner.append(name)
        folders[:] = inner
        files += [Path(parent, name) for name in names]
    yield from sorted(files)


def _reader(path: Path, *, alone: bool) -> Callable[[bytes, str], Reading] | Problem:
    """What reads the file, or why nothing does."""
    where, name = Position(str(path), 1, 1), path.name.lower()
    suffix = path.suffix.lower()
    if not path.is_file() and not alone:
        what = "the link leads nowhere" if path.is_symlink() and not path.exists() else "it is no file"
        return Problem(where, what, "leave it out")
    if suffix == _HCL:
        return _hcl
    if suffix in _JSON:
        return _json
    for pattern, what, hint in _NEARLY:
        if pattern.search(name):
            return Problem(where, what, hint)
    if alone:
        return _hcl_or_json
    return Problem(where, f"a file that ends in {suffix}" if suffix else "a file without an ending")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(
            Position(str(path), 1, 1), f"cannot be read: {error.strerror}", "mend its permissions"
        ) from error


def _unmerged(content: bytes, path: Path) -> list[Problem]:
    """Where git left both sides of a merge in a file that cannot be read."""
    marker = re.search(rb"^<{7} .*$", content, re.MULTILINE)
    if marker is None or b"\n>>>>>>> " not in content:
        return []
    where = Position(str(path), content.count(b"\n", 0, marker.start()) + 1, 1)
    return [Problem(where, "a merge was left unfinished here", "resolve it, or export again")]


def _hcl(content: bytes, file: str) -> Reading:
    yield from terraform.read_hcl(decoded(content, file), file)


def _hcl_or_json(content: bytes, file: str) -> Reading:
    begins = decoded(content, file).lstrip()[:1]
    yield from (_json if begins in ("{", "[") else _hcl)(content, file)


def _json(content: bytes, file: str) -> Reading:
    """A state, assets, Terraform's JSON syntax, or a project: what the first document says decides."""
    text = decoded(content, file)
    parsed = Json(text, file)
    try:
        documents = list(parsed.documents())
    except UnreadableExport as error:
        if _EXPORTED.search(text) or not file.lower().endswith(".json"):
            raise
        hint = "it looks like no export; if it is one, export it again"
        raise _NoExport(replace(error.problems[0], hint=hint)) from error
    if not documents:
        raise _NoExport(Problem(Position(file, 1, 1), "the file is empty"))
    yield from _documents(documents, parsed, file)


def _documents(documents: Sequence[Node], text: Json, file: str) -> Reading:
    first, name = documents[0], file.lower()
    where = text.position(first)
    if name.endswith(".tfstate") or terraform.is_state(first.value):
        readers: Callable[[Node, Json], Reading] = terraform.read_state
    elif asset_inventory.is_asset(first.value):
        readers = asset_inventory.read
    elif name.endswith(".tf.json"):
        readers = terraform.read_json
    elif asset_inventory.is_project(first.value):
        readers = asset_inventory.projects
    else:
        raise _NoExport(Problem(where, *_what(first.value, name)))
    for document in documents:
        yield from readers(document, text)


def _what(value: Any, name: str) -> tuple[str, str | None]:
    """What a JSON document is that is none of the exports."""
    if name.endswith(".tfvars.json"):
        return "these are values of variables, no resources", None
    keys = value.keys() if isinstance(value, dict) else set()
    for wanted, what, hint in _OTHERS:
        if wanted <= keys:
            return what, hint
    if value in ([], {"assets": []}):
        return "it holds no asset", None
    return "this is no export: no asset and no state", None


def _told_elsewhere(gathered: _Gathered) -> None:
    """Drops what a state tells better: its configuration's blocks and modules, which say what is to exist; and modules
    that are nothing but a folder of the export, which is read."""
    states = [one for one in gathered.found if one.address and not one.configured]
    ids: dict[str, set[str | None]] = defaultdict(set)
    for one in states:
        ids[_INDEX.sub("", str(one.address))].add(one.import_id)
    gathered.found = [
        one
        for one in gathered.found
        if not one.configured or one.address not in ids or one.import_id not in {None, *ids[one.address]}
    ]
    modules = {match[1] for address in ids if (match := _MODULE.match(address))}
    folders = {Path(one.where.file).resolve().parent for one in gathered.found}
    gathered.unread = [
        one
        for one in gathered.unread
        if not isinstance(one, Module)
        or not (one.name in modules or (one.source and Path(one.source).resolve() in folders))
    ]


def _once(resources: Iterable[Found]) -> Iterator[Found]:
    """A resource that two exports hold, as the first of them says it that knows whether it exists."""
    seen: set[tuple[str, str]] = set()
    for found in sorted(resources, key=lambda one: one.doubt is not None):
        identity = (found.type, found.import_id or "")
        if found.import_id is None or identity not in seen:
            seen.add(identity)
            yield found


def _summed(problems: Sequence[Problem]) -> list[Problem]:
    """The same thing of many places of a file, or of many files of no kind: one line with how many there are."""
    groups: dict[tuple[str, str, str | None], list[Problem]] = defaultdict(list)
    for one in problems:
        whole = "" if one.what.startswith("a file ") else one.where.file
        groups[whole, one.what, one.hint].append(one)
    first = ((group[0], f" (and {len(group) - 1} more)" if len(group) > 1 else "") for group in groups.values())
    every = [Problem(one.where, f"{one.what}{more}", one.hint) for one, more in first]
    return sorted(every, key=lambda one: (one.where, one.what))
