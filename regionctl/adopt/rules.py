"""The table of `rules.toml`: what is not a region's, and why."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from regionctl.adopt.inventory import Found
from regionctl.errors import RegionctlError

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
_KEYS: Final = frozenset({"type", "name", "location", "class", "because", "with"})


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


class BadRule(RegionctlError):
    """A table of rules that says nothing."""

    def __init__(self, file: Path, number: int, what: str) -> None:
        self.file = file
        super().__init__(
            f"rule {number}: {what}",
            where=str(file),
            hint=f"a [[rule]] has type, class ({', '.join(_RULED)}) and because; name, location and with narrow it",
        )


def rules(own: Path | None = None) -> Sequence[Rule]:
    """The company's own rules, which go first, and those of the tool. Raises BadRule."""
    return [*(_read(own) if own else ()), *_read(TABLE)]


def _read(file: Path) -> list[Rule]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RegionctlError(
            f"cannot be read: {error.strerror}", where=str(file), hint="give a file of rules"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RegionctlError(f"this is not TOML ({error})", where=str(file), hint="mend the line") from error
    return [_rule(file, number, row) for number, row in enumerate(table.get("rule", ()), 1)]


def _rule(file: Path, number: int, row: Mapping[str, Any]) -> Rule:
    if unknown := sorted(row.keys() - _KEYS):
        raise BadRule(file, number, f"{unknown[0]}: unknown key")
    if missing := sorted({"type", "class", "because"} - row.keys()):
        raise BadRule(file, number, f"{missing[0]} is missing")
    if row["class"] not in _RULED:
        raise BadRule(file, number, f"no class is called {row['class']!r}")
    return Rule(
        type=row["type"],
        class_=_RULED[row["class"]],
        because=row["because"],
        name=row.get("name", "*"),
        location=row.get("location", "*"),
        properties=row.get("with", {}),
    )
