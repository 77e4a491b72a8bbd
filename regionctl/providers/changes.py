"""What both ways to compare a resource need (`diff_sdk`, `diff_framework`): rules of its type, changes, equality."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from regionctl.model.path import Each, Path, join
from regionctl.model.values import UNKNOWN
from regionctl.model.wire import Value
from regionctl.providers.coercion import Plugin
from regionctl.providers.comparisons import Same, same_as
from regionctl.providers.defaults import DEFAULTS
from regionctl.providers.facts import AutoName, Facts
from regionctl.providers.schema import Kind, Property, Shape, TypeSchema


class ChangeKind(StrEnum):
    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class Change:
    path: Path
    kind: ChangeKind
    replaces: bool


# Properties (as the tables write paths) that are special because of what the state has and what is new: `CustomizeDiff`
# of the provider.
Decision = Callable[[Mapping[str, Value], Mapping[str, Value]], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class DiffRules:
    facts: Facts
    schema: TypeSchema | None = None
    plugin: Plugin = Plugin.SDK
    decisions: tuple[Decision, ...] = ()  # which properties replace
    ignored: tuple[Decision, ...] = ()  # whose change is none
    same: Mapping[str, Same] = field(default_factory=dict)  # besides those of the table
    auto_names: Mapping[str, AutoName] = field(default_factory=dict)

    @cached_property
    def comparisons(self) -> Mapping[str, Same]:
        return {**{path: same_as(name) for path, name in self.facts.same.items()}, **self.same}

    def fields(self, shape: Shape | None) -> Mapping[str, Property]:
        """The properties of an object, empty where nothing is known of it."""
        return self.schema.fields(shape) if self.schema is not None and shape is not None else {}


def equal(old: Value, new: Value) -> bool:
    """Equal but for the lists of defaults in them; an unknown value equals nothing."""
    if old is UNKNOWN or new is UNKNOWN:
        return False
    if isinstance(old, dict) and isinstance(new, dict):
        keys = {key for key in (old.keys() | new.keys()) if key != DEFAULTS}
        return all(equal(old.get(key), new.get(key)) for key in keys)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(equal, old, new))
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def unmatched(
    old: list[Value], new: list[Value], alike: Callable[[Value, Value], bool]
) -> tuple[list[Value], list[Value], list[int]]:
    """The elements of two sets that have no equal in the other, and the index that each pair is shown at."""
    gone = [(i, item) for i, item in enumerate(old) if not any(alike(item, other) for other in new)]
    come = [(i, item) for i, item in enumerate(new) if not any(alike(other, item) for other in old)]
    longer = come if len(come) >= len(gone) else gone
    return [item for _, item in gone], [item for _, item in come], [i for i, _ in longer]


def below(fact: str, value: Value) -> Iterator[tuple[str, Value]]:
    """Every value in a block, with its path as the tables write it, the block itself first."""
    yield fact, value
    if isinstance(value, dict):
        for name, item in value.items():
            if not name.startswith("__"):
                yield from below(join(fact, name), item)
    elif isinstance(value, list):
        for item in value:
            yield from below(join(fact, Each.ITEM), item)


def only_a_program_gives(facts: Facts, value: Value, shape: Shape | None, fact: str) -> bool:
    """Whether a block has something that no cloud fills in: `optionalValueNotComputable` of OpenTofu's objchange."""
    block = shape.element if shape is not None and shape.element is not None else shape
    known = facts.computed | facts.output
    return (
        block is not None
        and block.kind is Kind.OBJECT
        and any(
            inner not in known and item is not None
            for inner, item in below(fact, value)
            if not inner.endswith("[]") and inner != fact
        )
    )
