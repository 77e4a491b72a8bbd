"""Checks rules about several properties at once: which exclude, need or replace each other.

Groups name absolute paths; one that lies in a list or map holds for each element of it. A value that is not known yet
breaks no rule: `validateExactlyOneAttribute` and its neighbours in `helper/schema/schema.go` of Terraform's SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from regionctl.model.path import Part, Pattern, parse
from regionctl.model.path import show as show_path
from regionctl.model.values import UNKNOWN, paths_at, value_at
from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure
from regionctl.providers.facts import Facts, Group


def broken_groups(facts: Facts, values: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """What is given together and must not be, or is missing beside what is given."""
    for group in _instances(values, facts.conflicts):
        given = _known(values, group)
        if len(given) > 1:
            yield CheckFailure(show_path(given[0]), f"conflicts with {_listed(given[1:])}: give only one of them")
    for group in _instances(values, facts.exactly_one):
        given = _known(values, group)
        if len(given) > 1 or _none_of(values, group):
            yield CheckFailure(
                show_path((given or group)[0]),
                f"exactly one of {_listed(group)} is required, got {_listed(given) if given else 'none'}",
            )
    for group in _instances(values, facts.at_least_one):
        if _none_of(values, group):
            yield CheckFailure(show_path(group[0]), f"at least one of {_listed(group)} is required")
    for needer, needed in facts.requires.items():
        for group in _instances(values, [(needer, *needed)]):
            missing = [path for path in group[1:] if not given_at(values, path)]
            if given_at(values, group[0]) and missing:
                yield CheckFailure(show_path(group[0]), f"requires {_listed(missing)} too")
    for path, others in facts.only_with.items():
        for other, allowed in others.items():
            yield from _misplaced(values, path, other, allowed)


def excluded(facts: Facts, values: Mapping[str, Value]) -> frozenset[Pattern]:
    """Where no default goes: something that excludes it is given."""
    return frozenset(
        path
        for group in _instances(values, (*facts.conflicts, *facts.exactly_one))
        for path in group
        if any(other != path and given_at(values, other) for other in group)
    )


def given_at(values: Mapping[str, Value], path: Pattern) -> bool:
    """An empty list is given, too: `validateConflictingAttributes` asks whether the configuration has it."""
    return value_at(values, path) is not None


def _known(values: Mapping[str, Value], group: tuple[Pattern, ...]) -> list[Pattern]:
    return [path for path in group if given_at(values, path) and value_at(values, path) is not UNKNOWN]


def _none_of(values: Mapping[str, Value], group: tuple[Pattern, ...]) -> bool:
    """Whether nothing of a group is given, though an object is in which one of them could be."""
    there = any(value_at(values, path[:-1]) is not None for path in group)
    return there and not any(given_at(values, path) for path in group)


def _misplaced(values: Mapping[str, Value], path: str, other: str, allowed: Group) -> Iterator[CheckFailure]:
    for given, beside in _instances(values, [(path, other)]):
        value = value_at(values, beside)
        if given_at(values, given) and value is not UNKNOWN and value not in allowed:
            wanted = " or ".join(f'"{choice}"' for choice in allowed)
            yield CheckFailure(show_path(given), f'can only be given where "{show_path(beside)}" is {wanted}')


def _listed(paths: Iterable[Pattern]) -> str:
    return ", ".join(f'"{show_path(path)}"' for path in paths)


def _instances(values: Mapping[str, Value], groups: Iterable[Group]) -> Iterator[tuple[Pattern, ...]]:
    """Each group for each element that it applies to."""
    for group in groups:
        scope, rests = _split_group(tuple(group))
        for real in paths_at(values, scope):
            yield tuple(real + rest for rest in rests)


@cache
def _split_group(group: Group) -> tuple[Pattern, tuple[Pattern, ...]]:
    """The path that all have in common, and what follows it in each."""
    paths = [parse(path) for path in group]
    shared: list[Part] = []
    for keys in zip(*(path[:-1] for path in paths), strict=False):
        if len(set(keys)) > 1:
            break
        shared.append(keys[0])
    return tuple(shared), tuple(path[len(shared) :] for path in paths)
