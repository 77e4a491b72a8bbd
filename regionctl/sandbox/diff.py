"""`Diff`: what an update would change, and whether it replaces the resource.

Compares the inputs that were applied with the new ones. As in Pulumi's Terraform bridge: a property that the cloud
chooses where nothing is given does not change by being left out, and a property that now is given changes only where
the state has another value. Delete before replace is answered where a name that Pulumi would generate was given
(`nameRequiresDeleteBeforeReplace` in `pkg/tfbridge/schema.go` of the bridge, v3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from regionctl.sandbox.check import DEFAULTS, AutoName
from regionctl.sandbox.rules import Facts
from regionctl.sandbox.wire import UNKNOWN, Path, Value, fact_path, show_path


class ChangeKind(StrEnum):
    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class Change:
    path: Path
    kind: ChangeKind
    replaces: bool


@dataclass(frozen=True, kw_only=True)
class Difference:
    changes: tuple[Change, ...]
    delete_before_replace: bool

    @property
    def replaces(self) -> tuple[str, ...]:
        return tuple(show_path(change.path) for change in self.changes if change.replaces)


# Properties (as the tables write paths) that replace because of these two sets of inputs.
Decision = Callable[[Mapping[str, Value], Mapping[str, Value]], Iterable[str]]
Same = Callable[[Value, Value], bool]


@dataclass(frozen=True, kw_only=True)
class DiffRules:
    facts: Facts
    decisions: tuple[Decision, ...] = ()
    same: Mapping[str, Same] = field(default_factory=dict)  # when two different values mean the same
    auto_name: AutoName | None = None


def diff(
    rules: DiffRules, *, old_inputs: Mapping[str, Value], state: Mapping[str, Value], news: Mapping[str, Value]
) -> Difference:
    """The changes from the applied inputs to the new ones, in the order of their paths."""
    replacing = frozenset(path for decide in rules.decisions for path in decide(old_inputs, news))
    found = _Comparison(rules, replacing).objects(old_inputs, news, state, ())
    changes = tuple(sorted(found, key=lambda change: show_path(change.path)))
    named = rules.auto_name is not None and _is_given(rules.auto_name.property, news)
    return Difference(changes=changes, delete_before_replace=named and any(change.replaces for change in changes))


def _is_given(name: str, news: Mapping[str, Value]) -> bool:
    """Whether the program gave the name. Inputs without a list of defaults count as generated."""
    return news.get(name) is not None and name not in news.get(DEFAULTS, (name,))


class _Comparison:
    def __init__(self, rules: DiffRules, replacing: frozenset[str]) -> None:
        self._facts = rules.facts
        self._same = rules.same
        self._replacing = replacing

    def objects(self, old: Mapping[str, Value], new: Mapping[str, Value], state: Value, path: Path) -> Iterator[Change]:
        known = state if isinstance(state, dict) else {}
        for name in sorted(old.keys() | new.keys()):
            if not name.startswith("__"):
                yield from self._values(old.get(name), new.get(name), known.get(name), (*path, name))

    def _values(self, old: Value, new: Value, state: Value, path: Path) -> Iterator[Change]:
        fact = fact_path(path)
        if _equal(old, new) or (fact in self._same and self._same[fact](old, new)):
            return
        if new is None:
            if fact not in self._facts.computed:
                yield self._change(path, ChangeKind.DELETE, old)
        elif old is None:
            if state is None:
                yield self._change(path, ChangeKind.ADD, new)
            elif not _equal(state, new):
                yield from self._both(state, new, state, path)
        else:
            yield from self._both(old, new, state, path)

    def _both(self, old: Value, new: Value, state: Value, path: Path) -> Iterator[Change]:
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self.objects(old, new, state, path)
        elif isinstance(old, list) and isinstance(new, list):
            yield from self._lists(old, new, path)
        else:
            yield self._change(path, ChangeKind.UPDATE, new)

    def _lists(self, old: list[Value], new: list[Value], path: Path) -> Iterator[Change]:
        if fact_path(path) in self._facts.sets:
            old, new, places = _unmatched(old, new)
        else:
            places = list(range(max(len(old), len(new))))
        for i, place in enumerate(places):
            here = (*path, place)
            if i >= len(old):
                yield self._change(here, ChangeKind.ADD, new[i])
            elif i >= len(new):
                yield self._change(here, ChangeKind.DELETE, old[i])
            else:
                yield from self._values(old[i], new[i], None, here)

    def _change(self, path: Path, kind: ChangeKind, value: Value) -> Change:
        return Change(path=path, kind=kind, replaces=any(self._replaces(fact) for fact in _facts_below(path, value)))

    def _replaces(self, fact: str) -> bool:
        return self._facts.replaces(fact) or fact in self._replacing


def _equal(old: Value, new: Value) -> bool:
    """Equal but for the lists of defaults in them; an unknown value equals nothing."""
    if old is UNKNOWN or new is UNKNOWN:
        return False
    if isinstance(old, dict) and isinstance(new, dict):
        keys = {key for key in (old.keys() | new.keys()) if key != DEFAULTS}
        return all(_equal(old.get(key), new.get(key)) for key in keys)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_equal, old, new))
    return bool(old == new)


def _unmatched(old: list[Value], new: list[Value]) -> tuple[list[Value], list[Value], list[int]]:
    """The elements of two sets that have no equal in the other, and the index that each pair is shown at."""
    gone = [(i, item) for i, item in enumerate(old) if not any(_equal(item, other) for other in new)]
    come = [(i, item) for i, item in enumerate(new) if not any(_equal(item, other) for other in old)]
    longer = come if len(come) >= len(gone) else gone
    return [item for _, item in gone], [item for _, item in come], [i for i, _ in longer]


def _facts_below(path: Path, value: Value) -> Iterator[str]:
    """The table's paths that a change of a whole block touches."""
    yield fact_path(path)
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _facts_below((*path, name), item)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _facts_below((*path, i), item)
