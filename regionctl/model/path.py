"""Property paths in Pulumi's one notation: `settings.ipConfiguration[0].value`, `labels["a.b"]`.

A key is quoted where a character of it is no ASCII letter, digit or underscore, and a quotation mark in it then stands
behind a backslash (String and ParsePropertyPath in sdk/go/common/resource/properties_path.go of pulumi v3.259.0).

A path may be a pattern: `settings.databaseFlags[].value` means each element of a list, `labels.*` each value of a map
(so do Pulumi's own `labels[*]` and `labels["*"]`, where a program ignores changes).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import TypeAlias


class Each(Enum):
    """What stands in a pattern for every element of a list, or for every key of a map."""

    ITEM = "[]"
    KEY = "*"


Path: TypeAlias = tuple[str | int, ...]  # keys of maps, indices in lists
Part: TypeAlias = str | int | Each
Pattern: TypeAlias = tuple[Part, ...]

_ANY_PART = r'\.?[^.\[\]"]+|\["(?:\\"|[^"])*"\]|\[\d*\]|\[\*\]'
# The rest has to be a path too: where a key ends in a backslash, its closing quotation mark looks like one of the key.
_PART = re.compile(rf"({_ANY_PART})(?=(?:{_ANY_PART})*\Z)")


def show(parts: Iterable[Part]) -> str:
    """The path with these parts."""
    path = ""
    for part in parts:
        path = join(path, part)
    return path


@lru_cache(maxsize=4096)
def join(base: str, part: Part) -> str:
    """`base` one level deeper."""
    if isinstance(part, str):
        if not (part.isascii() and part.replace("_", "a").isalnum()):
            escaped = part.replace('"', '\\"')
            return f'{base}["{escaped}"]'
        return f"{base}.{part}" if base else part
    if part is Each.KEY:
        return f"{base}.*" if base else "*"
    return f"{base}[]" if part is Each.ITEM else f"{base}[{part}]"


@lru_cache(maxsize=4096)
def parse(path: str) -> Pattern:
    """The parts of a path. What is no path is one key."""
    parts: list[Part] = []
    at = 0
    while at < len(path):
        found = _PART.match(path, at)
        if found is None:
            return (path,)
        parts.append(_part(found[1]))
        at = found.end()
    return tuple(parts)


def place(path: str) -> Path | None:
    """The parts of a path that names one place; None for a pattern."""
    parts = tuple(part for part in parse(path) if not isinstance(part, Each))
    return parts if len(parts) == len(parse(path)) else None


def pattern_of(path: Iterable[Part]) -> str:
    """The pattern that means this place and its like in every element of a list."""
    return show(Each.ITEM if isinstance(part, int) else part for part in path)


def split(path: str) -> tuple[str, str]:
    """What is around the last key of a path ("" where nothing is), and the key."""
    *around, last = parse(path)
    return show(around), str(last)


def _part(text: str) -> Part:
    if text.startswith('["'):
        return text[2:-2].replace('\\"', '"')
    if text.startswith("["):
        inner = text[1:-1]
        return int(inner) if inner.isdigit() else Each.KEY if inner else Each.ITEM
    return Each.KEY if text in {"*", ".*"} else text.removeprefix(".")
