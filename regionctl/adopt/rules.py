"""The table of `rules.toml`: what is not a region's, and why."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regionctl.adopt.inventory import Found
from regionctl.model.errors import Position, Problem, SpecError

TABLE: Final = Path(__file__).with_name("rules.toml")


class Class(StrEnum):
    """What a resource of an export is to a region. The last four are for a human to decide."""

    PART = "part of the region"
    DIFFERS = "differs"
    GLOBAL = "global"
    GOOGLE = "made by Google"
    NOT_ESSENTIAL = "not essential"
    UNKNOWN = "unknown"
    ELSEWHERE = "in another location"
    FOREIGN = "of another project"
    AMBIGUOUS = "ambiguous"


_RULED: Final = {"global": Class.GLOBAL, "google": Class.GOOGLE, "not-essential": Class.NOT_ESSENTIAL}
_HINT: Final = f"a [[rule]] has type, class ({', '.join(_RULED)}) and because; name, location and with narrow it"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`type`, `name` and `location` are patterns (`*`); `properties` must be as they say, patterns too."""

    type: str
    class_: Class
    because: str
    name: str = "*"
    location: str = "*"
    properties: Mapping[str, Any] = field(default_factory=dict)

    def covers(self, found: Found) -> bool:
        return (
            fnmatchcase(found.type, self.type)
            and fnmatchcase(found.name, self.name)
            and fnmatchcase(found.location or "", self.location)
            and all(_is(found.value(path), wanted) for path, wanted in self.properties.items())
        )


def _is(value: Any, wanted: Any) -> bool:
    return fnmatchcase(str(value), wanted) if isinstance(wanted, str) else value == wanted


class BadRule(SpecError):
    """A table of rules that is broken, or says nothing: at its line."""


class _Row(BaseModel):
    """A [[rule]] as it is written."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    type: str | list[str]
    class_: Literal["global", "google", "not-essential"] = Field(alias="class")
    because: str
    name: str = "*"
    location: str = "*"
    properties: dict[str, Any] = Field(default={}, alias="with")

    def rules(self) -> Iterator[Rule]:
        """A rule for each of its types."""
        for type_ in [self.type] if isinstance(self.type, str) else self.type:
            yield Rule(
                type=type_,
                class_=_RULED[self.class_],
                because=self.because,
                name=self.name,
                location=self.location,
                properties=dict(_leaves(self.properties, "")),
            )


def rules(own: Path | None = None) -> Sequence[Rule]:
    """The company's own rules, which go first, and those of the tool. Raises BadRule."""
    return [*(_read(own) if own else ()), *_read(TABLE)]


def _read(file: Path) -> list[Rule]:
    top = Position(str(file), 1, 1)
    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        table = tomllib.loads(text)
    except OSError as error:
        raise _bad(top, f"cannot be read: {error.strerror}", "give a file of rules") from error
    except UnicodeDecodeError as error:
        raise _bad(top, "this is no text in UTF-8", "save it as UTF-8") from error
    except RecursionError as error:
        raise _bad(top, "this is not TOML (nested too deeply)", "mend it") from error
    except ValueError as error:  # TOMLDecodeError is one, and so is a number of too many digits
        raise _bad(_place(str(error), text, top), f"this is not TOML ({str(error)[:200]})", "mend the line") from error
    rows = table.pop("rule", [])
    if table:
        raise _bad(
            _line_of(rf"\[*\s*{re.escape(next(iter(table)))}", text, top), f"{next(iter(table))}: unknown", _HINT
        )
    if not isinstance(rows, list):
        raise _bad(_line_of(r"\[?\s*rule", text, top), "rule is no list", _HINT)
    heads = [_at(match.start(), text, top) for match in re.finditer(r"^[ \t]*\[\[\s*rule\s*\]\]", text, re.MULTILINE)]
    wheres = heads if len(heads) == len(rows) else [top] * len(rows)
    read = [_row(row, number, where) for number, (row, where) in enumerate(zip(rows, wheres, strict=True), 1)]
    return [rule for row in read for rule in row.rules()]


def _row(row: Any, number: int, where: Position) -> _Row:
    try:
        return _Row.model_validate(row)
    except ValidationError as error:
        # An unknown key first: it is most often the one that is missing, misspelled.
        first = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
        key = str(first["loc"][0]) if first["loc"] else "rule"
        match first["type"]:
            case "extra_forbidden":
                what = f"{key}: unknown key"
            case "missing":
                what = f"{key} is missing"
            case "literal_error":
                what = f"no class is called {first['input']!r}"
            case _:
                what = f"{key}: {first['msg']}"
        raise _bad(where, f"rule {number}: {what}", _HINT) from error


def _leaves(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """`with = { settings.tier = "x" }` is a table in a table for TOML, and a dotted path here."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _bad(where: Position, what: str, hint: str) -> BadRule:
    return BadRule([Problem(where, what, hint)])


def _place(message: str, text: str, top: Position) -> Position:
    """Where TOML's parser says that it stopped: (at line 3, column 7), or (at end of document)."""
    if match := re.search(r"at line (\d+), column (\d+)", message):
        return Position(top.file, int(match[1]), int(match[2]))
    return _at(len(text), text, top) if "end of document" in message else top


def _line_of(pattern: str, text: str, top: Position) -> Position:
    match = re.search(rf"^[ \t]*{pattern}", text, re.MULTILINE)
    return _at(match.end() - len(match[0].lstrip()), text, top) if match else top


def _at(offset: int, text: str, top: Position) -> Position:
    before = text[:offset]
    return Position(top.file, before.count("\n") + 1, len(before) - before.rfind("\n"))
