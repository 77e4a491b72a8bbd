"""The text of an export's files, and JSON in it with the place of each part."""

from __future__ import annotations

import codecs
import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from regionctl.adopt.inventory import UnreadableExport, unreadable
from regionctl.model.errors import Position

Model = TypeVar("Model", bound=BaseModel)

# Pydantic's words for what it misses, where ours say it shorter.
_WRONG: Final = {
    "missing": "is missing",
    "model_type": "is no object",
    "dict_type": "is no object",
    "list_type": "is no list",
    "string_type": "is no text",
    "value_error": "is text that is no JSON",
}

# No API of Google's nests deeper than twenty; what reads the values calls itself for each level.
MAX_DEPTH: Final = 100
_AGAIN: Final = "mend the line, or export it again"
_CUT_OFF: Final = "export it again: this one was cut off"
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def decoded(content: bytes, file: str) -> str:
    """The text of a file in UTF-8, or in UTF-16 as PowerShell's `>` writes it; lines end with a line feed.

    Raises UnreadableExport.
    """
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "replace")
        where = Position(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise unreadable(where, "this is no text in UTF-8", "save it as UTF-8, or export it again") from error


@dataclass(frozen=True)
class Node:
    """A value of a JSON text, and where it starts."""

    value: Any
    start: int


class Json:
    """A text of one JSON document after another. Raises UnreadableExport at the first place that is not JSON."""

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file
        self._halves = _SURROGATE.search(text) is not None
        self._lines = [match.end() for match in re.finditer("\n", text)]

    def documents(self) -> Iterator[Node]:
        at = self._skip(0)
        while at < len(self._text):
            value, end = self._decode(at)
            self._check(value, at)
            yield Node(value, at)
            at = self._skip(end)

    def elements(self, array: Node) -> Iterator[Node]:
        """The elements of an array that a document holds."""
        at = self._skip(array.start + 1)
        for _ in array.value:
            value, end = self._decode(at)
            yield Node(value, at)
            at = self._skip(self._skip(end) + 1)

    def member(self, object_: Node, key: str) -> Node | None:
        """The value of a key of an object that a document holds."""
        found = None
        at = self._skip(object_.start + 1)
        while self._text[at] == '"':
            name, end = self._decode(at)
            at = self._skip(self._skip(end) + 1)
            value, end = self._decode(at)
            if name == key:
                found = Node(value, at)
            at = self._skip(end)
            if self._text[at] != ",":
                break
            at = self._skip(at + 1)
        return found

    def position(self, node: Node) -> Position:
        return self._position(node.start)

    def _position(self, at: int) -> Position:
        line = bisect_right(self._lines, at)
        return Position(self._file, line + 1, at - (self._lines[line - 1] if line else 0) + 1)

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _decode(self, at: int) -> tuple[Any, int]:
        try:
            return _DECODER.raw_decode(self._text, at)
        except json.JSONDecodeError as error:
            cut_off = error.pos >= len(self._text.rstrip()) or error.msg.startswith("Unterminated string")
            what = "the file ends in the middle of a document" if cut_off else f"this is not JSON ({error.msg})"
            raise unreadable(self._position(error.pos), what, _CUT_OFF if cut_off else _AGAIN) from error
        except RecursionError as error:
            raise self._refused(at, "this is nested too deeply for an export") from error
        except ValueError as error:  # a number of more digits than Python reads; NaN, which JSON does not have
            raise self._refused(at, f"this is not JSON ({str(error).partition(';')[0]})") from error

    def _check(self, value: Any, at: int) -> None:
        """Refuses what would fail later: endless nesting, and halves of characters, which no file can hold."""
        pending: list[tuple[Any, int]] = [(value, 0)]
        while pending:
            item, depth = pending.pop()
            if depth > MAX_DEPTH:
                raise self._refused(at, "this is nested too deeply for an export")
            if self._halves and isinstance(item, str) and not _is_whole(item):
                raise self._refused(at, "a text in it holds half a character (a lone surrogate)")
            if isinstance(item, dict):
                pending += [(key, depth) for key in item if self._halves]
                pending += [(inner, depth + 1) for inner in item.values()]
            elif isinstance(item, list):
                pending += [(inner, depth + 1) for inner in item]

    def _refused(self, at: int, what: str) -> UnreadableExport:
        return unreadable(self._position(at), what, _AGAIN)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    return float(text) if math.isfinite(float(text)) else _no_number(text[:20])


_DECODER: Final = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shaped(model: type[Model], value: Any, where: Position, what: str, hint: str) -> Model:
    """The value in the shape that the rest of the reader relies on. Raises UnreadableExport, which names the part."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"]) or "it"
        wrong = _WRONG.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise unreadable(where, f"{what}: {path} {wrong}", hint) from error


def objects(value: Any) -> Sequence[Mapping[str, Any]]:
    """The objects of a list; what else stands there is nothing that any export writes."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
