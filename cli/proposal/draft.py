"""The YAML of a proposal: each value with a comment that says where it was read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.proposal.readings import Path, Reading

_PLAIN = re.compile(r"[A-Za-z_][\w./:@-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})

_HEAD = """\
# yaml-language-server: $schema=../region.schema.json
#
# Proposed from what exists in project {project}. Each value says where it was read; what the fleet's defaults
# say already is left out. Read every line: what you keep is what `regionctl adopt apply` compares with the cloud.
"""


def region_yaml(project: str, fixed: Sequence[tuple[Path, Any, str]], readings: Sequence[Reading]) -> str:
    """`fixed` are settings that no resource tells, with what they say instead of a place."""
    tree: dict[str, Any] = {}
    for path, value, comment in (*fixed, *((r.path, r.value, f"{r.read_from} ({r.where})") for r in readings)):
        _put(tree, path, (value, comment))
    if "names" in tree:
        tree["names"] = tree.pop("names")  # the longest, and the last that somebody changes
    return "\n".join([_HEAD.format(project=project), *_lines(tree, "")]) + "\n"


def differing(readings: Sequence[Reading], defaults: Mapping[str, Any]) -> list[Reading]:
    """Those that say something else than the fleet's defaults."""
    return [reading for reading in readings if _at(defaults, reading.path) != reading.value]


def _put(tree: dict[str, Any], path: Path, leaf: tuple[Any, str]) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = leaf


def _lines(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, item in tree.items():
        if isinstance(item, dict):
            if not indent:
                yield ""
            yield f"{indent}{_scalar(key)}:"
            yield from _lines(item, f"{indent}  ")
        else:
            value, comment = item
            yield f"{indent}{_scalar(key)}: {_scalar(value)} # {comment}"


def _scalar(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, str) and (value.lower() in _WORDS or not _PLAIN.fullmatch(value)) and not _is_range(value):
        return json.dumps(value)
    return str(value)


def _is_range(value: str) -> bool:
    return re.fullmatch(r"\d+\.\d+\.\d+\.\d+/\d+", value) is not None


def _at(values: Any, path: Path) -> Any:
    for key in path:
        if not isinstance(values, Mapping) or key not in values:
            return None
        values = values[key]
    return values
