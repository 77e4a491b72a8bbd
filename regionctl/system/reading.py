"""JSON from a file that anybody may have damaged or written: its shape is checked once, when it is read.

    parsed(TypeAdapter(...), content)     the value, or NotOfTheShape with the place and what is wrong there

Whatever the content is (no text, cut off, nested too deep, half of a UTF-16 pair, a number of thousands of digits), no
other exception comes of it.
"""

from __future__ import annotations

import math
import re
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from regionctl.model.values import walk

T = TypeVar("T")
_ROOT = "the document"
_AT = re.compile(r"(?P<what>.*) at line (?P<line>\d+) column (?P<column>\d+)", re.DOTALL)
_HUGE = re.compile(rb"\d[eE]\+?\d{3}|\d{300}")  # what may be too much for a floating-point number


class NotOfTheShape(ValueError):
    """`why` names the place in the document, `checkpoint.latest.resources[3].urn`, and what is wrong there."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def loaded(content: bytes | str) -> Any:
    """The JSON value, of any shape. Raises NotOfTheShape."""
    try:
        value = from_json(content, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        raise NotOfTheShape(_syntax(content, error)) from None
    if _HUGE.search(content if isinstance(content, bytes) else content.encode("utf-8", "replace")):
        _must_be_finite(value)
    return value


def parsed(shape: TypeAdapter[T], content: bytes | str) -> T:
    """The value in its shape. Raises NotOfTheShape."""
    return checked(shape, loaded(content))


def checked(shape: TypeAdapter[T], value: Any) -> T:
    """A JSON value in its shape. Raises NotOfTheShape."""
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        raise NotOfTheShape(first_problem(error)) from None


def first_problem(error: ValidationError) -> str:
    """The place and what is wrong there, without the value, which may be secret."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    message = first["msg"]
    return f"{_place(first['loc'])}: {message[:1].lower()}{message[1:]}"


def _must_be_finite(document: Any) -> None:
    for path, value in walk(document):
        if isinstance(value, float) and math.isinf(value):
            raise NotOfTheShape(f"{_place(path)}: the number is too large")


def _place(parts: tuple[int | str, ...]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{_shown(part)}"
    return path.removeprefix(".") or _ROOT


def _shown(key: str) -> str:
    """A key that somebody else chose, short and on one line."""
    return key if key.isprintable() and len(key) <= 60 else repr(key[:60])


def _syntax(content: bytes | str, error: ValueError) -> str:
    if isinstance(content, bytes):
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return "it is no text"
    if not content.strip():
        return "it is empty"
    found = _AT.fullmatch(str(error))
    if found is None or found["what"].startswith("recursion"):
        return "it is nested too deep" if found else str(error)
    return f"line {found['line']}, column {found['column']}: {found['what']}"
