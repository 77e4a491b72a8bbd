"""Damaged texts, the same ones in every run: for a reader that must take each or refuse it in a line."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

# What a value becomes: other types, texts that something later may take for a path, a number, a pattern or a format.
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**40, "", "x", "projects/", "{}", "[", "*", "${x}", "9" * 400, "\u2028", "\x00", "é",
    [], [[]], [None], ["x"], [{}], {}, {"": None}, {"name": []}, {"title": 1},
)  # fmt: skip


def in_bytes(text: str, chance: random.Random) -> bytes:
    """Somebody's editor, disk or line: pieces cut out, doubled, turned over."""
    content = bytearray(text.encode())
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(content) + 1), chance.choice([1, 1, 2, 8, 60])
        match chance.randrange(6):
            case 0:
                del content[at : at + length]
            case 1:
                content[at:at] = content[at : at + length]
            case 2:
                content[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                del content[at:]
            case 4:
                content[at:at] = chance.choice(
                    [b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\\", b"\\ud800", b"#"]
                )
            case _:
                content[at:at] = chance.choice(
                    [b"[" * 2000, b'{"a":' * 500, b"9" * 5000, b"\xff\xfe", b"\x00", b"<<EOT\n"]
                )
    return bytes(content)


def in_values(text: str, chance: random.Random) -> bytes:
    """Whole JSON, of another shape: somewhere in it a value is another, a key is gone, or a list is doubled."""
    documents = [json.loads(line) for line in text.splitlines()] if "\n{" in text else [json.loads(text)]
    for _ in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(places(documents)))
        match chance.randrange(4):
            case 0 if isinstance(holder, dict):
                del holder[key]
            case 1 if isinstance(holder[key], list):
                holder[key] = holder[key] * 2
            case _:
                holder[key] = deepcopy(chance.choice(ODD))
    return "\n".join(json.dumps(one, ensure_ascii=chance.random() < 0.5) for one in documents).encode()


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every key of every object and every index of every list."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])
