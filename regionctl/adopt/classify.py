"""Classifies each resource of an export: the part of a region's declaration that it is, or why it is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regionctl.adopt.compare import Difference, differences
from regionctl.adopt.declared import ANY, Declared, identity_of
from regionctl.adopt.inventory import Expression, Found, Inventory, of_one_project
from regionctl.adopt.kinds import types
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


class _RuleRow(BaseModel):
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
    read = [_rule_row(row, number, document.at("rule", number - 1)) for number, row in enumerate(rows, 1)]
    return [rule for row in read for rule in row.rules()]


def _rule_row(row: Any, number: int, where: Position) -> _RuleRow:
    try:
        return _RuleRow.model_validate(row)
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


# Locations that are no region: they hold what is everywhere.
_EVERYWHERE: Final = frozenset({"global", ""})
_ZONES: Final = "abcdef"  # us-east1-b lies in us-east1: https://cloud.google.com/compute/docs/regions-zones


@dataclass(frozen=True, kw_only=True)
class Row:
    """One resource of the export, what it is, and why. `declared` is set where it was matched."""

    found: Found
    class_: Class
    because: str
    declared: Declared | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether nothing can be imported before a human decided on it."""
        undecided = self.class_ in {Class.ELSEWHERE, Class.FOREIGN, Class.AMBIGUOUS}
        return undecided or (self.class_ is Class.UNKNOWN and not self.found.known)


@dataclass(frozen=True)
class Classification:
    """Every resource of the export, the declared ones that nothing in it matches, and what of it was not read."""

    rows: tuple[Row, ...]
    missing: tuple[Declared, ...]
    unread: tuple[Problem, ...] = ()

    def of(self, *classes: Class) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.class_ in classes)

    @property
    def matched(self) -> tuple[Row, ...]:
        return self.of(Class.PART, Class.DIFFERS)

    @property
    def blocking(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.blocks)


def classify(
    inventory: Inventory, declared: Sequence[Declared], rules: Sequence[Rule], *, project: str, location: str
) -> Classification:
    """Matches by type and identity, never by likeness; what is left is told by the rules, its project, its location."""
    inventory = of_one_project(inventory, project)
    matching = _Matching(declared, inventory.resources)
    own = {project, inventory.numbers.get(project, project)}
    rows = tuple(_row(found, matching, rules, own, location) for found in inventory.resources)
    used = {row.declared.urn for row in rows if row.declared}
    missing = tuple(one for one in declared if one.urn not in used)
    return Classification(rows, missing, inventory.unread)


def _row(found: Found, matching: _Matching, rules: Iterable[Rule], own: set[str], location: str) -> Row:
    declared = matching.of(found)
    if declared is not None:
        if twin := matching.twin(found, declared):
            because = f"{declared.name} is matched by {twin.name} ({twin.where}) too"
            return Row(found=found, class_=Class.AMBIGUOUS, because=because)
        differs = differences(declared, found)
        because = f"{len(differs)} properties differ from {declared.name}" if differs else f"it is {declared.name}"
        class_ = Class.DIFFERS if differs else Class.PART
        return Row(found=found, class_=class_, because=because, declared=declared, differences=differs)
    if newer := matching.newer(found):
        return Row(found=found, class_=Class.NOT_ESSENTIAL, because=f"older than {newer.name} ({newer.where})")
    rule = next((rule for rule in rules if rule.covers(found)), None)
    if rule is not None:
        return Row(found=found, class_=rule.class_, because=rule.because)
    class_, because = _left(found, own, location)
    return Row(found=found, class_=class_, because=because)


def _left(found: Found, own: set[str], location: str) -> tuple[Class, str]:
    """What a resource is that is neither declared nor covered by a rule."""
    if found.provider is not None:
        return Class.NOT_ESSENTIAL, f"a resource of the provider {found.provider}, which lies in no project of Google's"
    if found.project is not None and found.project not in own:
        unsaid = ", and the export does not say whose number that is" if found.project.isdigit() else ""
        return Class.FOREIGN, f"it is of project {found.project}{unsaid}"
    if not found.known:
        return Class.UNKNOWN, "no table knows this type"
    if found.doubt:
        return Class.UNKNOWN, found.doubt
    if identity_of(found) is None:
        return Class.UNKNOWN, _why_no_identity(found)
    if (found.location or "") not in _EVERYWHERE | {location, *(f"{location}-{zone}" for zone in _ZONES)}:
        return Class.ELSEWHERE, f"it lies in {found.location}"
    return Class.UNKNOWN, "nothing that the region declares has this name"


def _why_no_identity(found: Found) -> str:
    untold = types()[found.type].untold(found.properties, found.project)
    if any(isinstance(found.value(path), Expression) for path in (*untold, "project")):
        return "the export does not say which one it is, but by an expression; take Terraform's state instead"
    instead = "; take Terraform's state instead" if found.configured else ""
    return f"the export does not say which one it is: it has no {' and no '.join(untold) or 'id'}{instead}"


class _Matching:
    """Who is who: by type and identity."""

    def __init__(self, declared: Sequence[Declared], resources: Sequence[Found]) -> None:
        self._exact = {(one.resource.type, one.identity): one for one in declared if one.identity}
        self._patterns: dict[str, list[Declared]] = defaultdict(list)
        for one in declared:
            if one.identity and ANY in one.identity:
                self._patterns[one.resource.type].append(one)
        self._candidates: dict[str, list[Found]] = defaultdict(list)
        self._matched: dict[int, Declared] = {}
        for found in resources:
            if match := self._declared(found):
                self._candidates[match.urn].append(found)
                self._matched[id(found)] = match
        self._newest: dict[int, Found] = {}
        for candidates in self._candidates.values():
            self._keep_newest(candidates)

    def of(self, found: Found) -> Declared | None:
        return self._matched.get(id(found))

    def newer(self, found: Found) -> Found | None:
        return self._newest.get(id(found))

    def twin(self, found: Found, declared: Declared) -> Found | None:
        """Another resource that the same declaration is matched by."""
        return next((other for other in self._candidates[declared.urn] if other is not found), None)

    def _declared(self, found: Found) -> Declared | None:
        identity = identity_of(found)
        if identity is None or found.doubt:
            return None
        exact = self._exact.get((found.type, identity))
        if exact is not None:
            return exact
        fitting = [one for one in self._patterns[found.type] if fnmatchcase(identity, str(one.identity))]
        return min(fitting, key=lambda one: str(one.identity).count(ANY), default=None)

    def _keep_newest(self, candidates: list[Found]) -> None:
        latest = types()[candidates[0].type].latest
        if not latest or len(candidates) == 1:
            return
        newest = max(candidates, key=lambda found: _version(found.properties.get(latest)))
        for found in candidates:
            if found is not newest:
                self._newest[id(found)] = newest
                del self._matched[id(found)]
        candidates[:] = [newest]


def _version(value: object) -> int:
    return int(str(value)) if str(value).isdecimal() and len(str(value)) < 20 else 0


def by_class(rows: Iterable[Row]) -> Mapping[Class, list[Row]]:
    """The rows of each class, in the order of the classes; those with no row are left out."""
    grouped: dict[Class, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.class_].append(row)
    return {class_: grouped[class_] for class_ in Class if class_ in grouped}
