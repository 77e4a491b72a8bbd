"""The table of `rules.toml`: what is not a region's, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regionctl.adopt.inventory import Found
from regionctl.model.errors import Position, Problem, SpecError
from regionctl.system.toml import load

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
    document = load(file, BadRule)
    rows = document.table.get("rule", [])
    if unknown := next((name for name in document.table if name != "rule"), None):
        raise _bad(document.at(unknown), f"{unknown}: unknown", _HINT)
    if not isinstance(rows, list):
        raise _bad(document.at("rule"), "rule is no list", _HINT)
    read = [_row(row, number, document.at("rule", number - 1)) for number, row in enumerate(rows, 1)]
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
