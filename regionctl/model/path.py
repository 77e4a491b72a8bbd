"""Property paths in Pulumi's one notation: `settings.ipConfiguration[0].value`, `labels["a.b"]`.

A key is quoted where a character of it is no ASCII letter, digit or underscore, and a quotation mark in it then stands
behind a backslash (String and ParsePropertyPath in sdk/go/common/resource/properties_path.go of pulumi v3.259.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

Part: TypeAlias = str | int  # the key of a map, the index in a list

_PART = re.compile(r'\.?([^.\[\]"]+)|\["((?:\\"|[^"])*)"\]|\[(\d+)\]')
_PLAIN = re.compile(r"[A-Za-z0-9_]+")


def show(parts: Iterable[Part]) -> str:
    """The path with these parts."""
    path = ""
    for part in parts:
        path = join(path, part)
    return path


def join(base: str, part: Part) -> str:
    """`base` one level deeper."""
    if isinstance(part, int):
        return f"{base}[{part}]"
    if not _PLAIN.fullmatch(part):
        escaped = part.replace('"', '\\"')
        return f'{base}["{escaped}"]'
    return f"{base}.{part}" if base else part


def split(path: str) -> tuple[Part, ...]:
    """The parts of a path: keys and indices."""
    parts: list[Part] = []
    for plain, quoted, index in _PART.findall(path):
        parts.append(int(index) if index else plain or quoted.replace('\\"', '"'))
    return tuple(parts)
