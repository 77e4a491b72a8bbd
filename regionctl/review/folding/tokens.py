"""What is a stack's own in its values (its name, project, ranges), and what stands for it when stacks are compared."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Placeholder:
    """Stands for one token of a stack: `<project>`."""

    name: str

    def __str__(self) -> str:
        return f"<{self.name}>"


@dataclass(frozen=True)
class Template:
    """A text with placeholders for a stack's tokens. As text it reads `<location>-docker.pkg.dev/<project>`.

    It is no string, so that it never equals a text in which somebody wrote `<project>`.
    """

    parts: tuple[str | Placeholder, ...]

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)


class _Plain(NamedTuple):
    """A number, a boolean or null, told from another type's that Python takes for equal."""

    type: type
    value: Hashable


class Tokens:
    """The tokens of one stack: each text that is its own, and the name of what it is.

    A token counts at the borders of words only (letters and digits make a word), and of two that begin at the same
    place the longer one. Two tokens have one name only where some stack has one text for both: its region is called
    like its location, say.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        assert all(names), "an empty token"
        self._placeholders = {token: Placeholder(name) for token, name in names.items()}
        self._known: dict[str, str | Template] = {}  # texts come again and again: keys, names, types
        longest_first = sorted(names, key=len, reverse=True)
        self._pattern = re.compile(
            rf"(?<![A-Za-z0-9])({'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])" if names else r"(?!)()"
        )

    def normalise(self, value: Any) -> Any:
        """JSON data with a Template for each text that has a token in it. A Template stays what it is."""
        match value:
            case str():
                return self._known.get(value) or self._known.setdefault(value, self._template(value))
            case dict():
                return {self.normalise(key): self.normalise(item) for key, item in value.items()}
            case list() | tuple():
                return [self.normalise(item) for item in value]
            case _:
                return value

    def _template(self, text: str) -> str | Template:
        pieces = self._pattern.split(text)  # texts, with the tokens between them
        if len(pieces) == 1:
            return text
        parts = (self._placeholders[piece] if at % 2 else piece for at, piece in enumerate(pieces))
        return Template(tuple(part for part in parts if part != ""))


def readable(value: Any) -> Any:
    """A normalised value as plain data: templates as their text."""
    match value:
        case Template():
            return str(value)
        case dict():
            return {readable(key): readable(item) for key, item in value.items()}
        case list():
            return [readable(item) for item in value]
        case _:
            return value


def identity(value: Any) -> Hashable:
    """Equal for two normalised values exactly where they are the same: `True` is not `1`."""
    match value:
        case str() | Template():
            return value
        case dict():
            return frozenset((identity(key), identity(item)) for key, item in value.items())
        case list() | tuple():
            return tuple(map(identity, value))
        case _:
            return _Plain(type(value), value)
