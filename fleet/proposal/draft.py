"""The YAML of a proposal: each value with a comment that says where it was read.

Names and paths come from other people's exports. Comments are made one printable line, values are quoted, and the text
is read again and compared with what it is to say before anybody gets it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.proposal.readings import Path, Reading
from regionctl.model.errors import RegionctlError
from regionctl.model.printable import one_line
from regions.source import parse_document

_PLAIN = re.compile(r"[A-Za-z_][\w./:@-]*(?<!:)", re.ASCII)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_LONGEST = 200  # a comment; a spec is a page

_HEAD = """\
# yaml-language-server: $schema=../region.schema.json
#
# Proposed from what exists in project {project}. Each value says where it was read; what the fleet's defaults
# say already is left out. Read every line: what you keep is what `regionctl adopt apply` compares with the cloud.
"""


class NotSayable(RegionctlError):
    """YAML cannot say something of the export. Nothing was written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{'.'.join(path)}: YAML cannot say what was read",
            hint="rename it where it exists, or write the region's file by hand",
        )


@dataclass(frozen=True)
class Draft:
    """The text, and which path of the spec stands on which of its lines (a section: its own line)."""

    text: str
    lines: Mapping[int, Path]


def draft(project: str, fixed: Sequence[tuple[Path, Any, str]], readings: Sequence[Reading]) -> Draft:
    """`fixed` are settings that no resource tells, with what they say instead of a place. Raises NotSayable."""
    tree: dict[str, Any] = {}
    for path, value, comment in (*fixed, *((r.path, r.value, f"{r.read_from} ({r.where})") for r in readings)):
        _put(tree, path, (value, comment))
    if "names" in tree:
        tree["names"] = tree.pop("names")  # the longest, and the last that somebody changes
    head = _HEAD.format(project=_comment(project))
    body = list(_lines(tree, ()))
    text = "\n".join([head, *(line for _, line in body)]) + "\n"
    first = head.count("\n") + 2
    drafted = Draft(text, {first + index: path for index, (path, _) in enumerate(body) if path})
    _check(drafted, tree)
    return drafted


def differing(readings: Sequence[Reading], defaults: Mapping[str, Any]) -> list[Reading]:
    """Those that say something else than the fleet's defaults."""
    return [reading for reading in readings if _at(defaults, reading.path) != reading.value]


def _check(drafted: Draft, tree: Mapping[str, Any]) -> None:
    """Reads the text again: a name that breaks out of its line says something else."""
    document = parse_document(drafted.text.encode(), "proposal")
    wanted = _plain(tree)
    if document.problems:
        raise NotSayable(drafted.lines.get(document.problems[0].where.line, ("proposal",)))
    if document.value != wanted:
        different = [key for key in wanted.keys() | document.value if wanted.get(key) != document.value.get(key)]
        raise NotSayable((min(different),))


def _plain(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _plain(inner) for key, inner in item.items()}
    value, _ = item
    return value if isinstance(value, str | int | float | list | dict | None) else str(value)


def _put(tree: dict[str, Any], path: Path, leaf: tuple[Any, str]) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = leaf


def _lines(tree: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    indent = "  " * len(path)
    for key, item in tree.items():
        inner = (*path, key)
        if isinstance(item, dict):
            if not path:
                yield (), ""
            yield inner, f"{indent}{_scalar(key)}:"
            yield from _lines(item, inner)
        else:
            value, comment = item
            yield inner, f"{indent}{_scalar(key)}: {_scalar(value)} # {_comment(comment)}"


def _comment(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def _scalar(value: Any) -> str:
    if isinstance(value, str) and (value.lower() in _WORDS or not _PLAIN.fullmatch(value)) and not _is_range(value):
        return _quoted(value)
    return str(value) if isinstance(value, str) or not _is_json(value) else _quoted(value)


def _quoted(value: Any) -> str:
    """As JSON, which is YAML too, but for characters that YAML takes in an escape only."""
    written = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in written)


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | list | dict)


def _is_range(value: str) -> bool:
    return re.fullmatch(r"\d+\.\d+\.\d+\.\d+/\d+", value, re.ASCII) is not None


def _at(values: Any, path: Path) -> Any:
    for key in path:
        if not isinstance(values, Mapping) or key not in values:
            return None
        values = values[key]
    return values
