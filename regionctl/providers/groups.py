"""Rules about several properties at once: which exclude, need or replace each other.

Groups name absolute paths; one that lies in a list or map holds for each element of it. A value that is not known yet
breaks no rule: `validateExactlyOneAttribute` and its neighbours in `helper/schema/schema.go` of Terraform's SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from regionctl.model.path import show as show_path
from regionctl.model.wire import UNKNOWN, Path, Value, value_at
from regionctl.providers.errors import CheckFailure
from regionctl.providers.facts import Facts, Group

_ANY_ITEM: Final = -1
_ANY_KEY: Final = -2


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


def excluded(facts: Facts, values: Mapping[str, Value]) -> frozenset[Path]:
    """Where no default goes: something that excludes it is given."""
    return frozenset(
        path
        for group in _instances(values, (*facts.conflicts, *facts.exactly_one))
        for path in group
        if any(other != path and given_at(values, other) for other in group)
    )


def given_at(values: Mapping[str, Value], path: Path) -> bool:
    value = value_at(values, path)
    return value is not None and value != []


def _known(values: Mapping[str, Value], group: tuple[Path, ...]) -> list[Path]:
    return [path for path in group if given_at(values, path) and value_at(values, path) is not UNKNOWN]


def _none_of(values: Mapping[str, Value], group: tuple[Path, ...]) -> bool:
    """Whether nothing of a group is given, though an object is in which one of them could be."""
    there = any(value_at(values, path[:-1]) is not None for path in group)
    return there and not any(given_at(values, path) for path in group)


def _misplaced(values: Mapping[str, Value], path: str, other: str, allowed: Group) -> Iterator[CheckFailure]:
    for given, beside in _instances(values, [(path, other)]):
        value = value_at(values, beside)
        if given_at(values, given) and value is not UNKNOWN and value not in allowed:
            wanted = " or ".join(f'"{choice}"' for choice in allowed)
            yield CheckFailure(show_path(given), f'can only be given where "{show_path(beside)}" is {wanted}')


def _listed(paths: Iterable[Path]) -> str:
    return ", ".join(f'"{show_path(path)}"' for path in paths)


def _instances(values: Mapping[str, Value], groups: Iterable[Group]) -> Iterator[tuple[Path, ...]]:
    """Each group for each element that it applies to."""
    for group in groups:
        scope, rests = _split_group(tuple(group))
        for real in _expand(values, scope):
            yield tuple(real + rest for rest in rests)


@cache
def _split_group(group: Group) -> tuple[Path, tuple[Path, ...]]:
    """The path that all have in common, and what follows it in each."""
    paths = [_split(path) for path in group]
    shared: list[str | int] = []
    for keys in zip(*(path[:-1] for path in paths), strict=False):
        if len(set(keys)) > 1:
            break
        shared.append(keys[0])
    return tuple(shared), tuple(path[len(shared) :] for path in paths)


def _split(path: str) -> Path:
    keys: list[str | int] = []
    for part in path.split("."):
        keys.append(_ANY_KEY if part == "*" else part.removesuffix("[]"))
        if part.endswith("[]"):
            keys.append(_ANY_ITEM)
    return tuple(keys)


def _expand(value: Value, scope: Path, done: Path = ()) -> Iterator[Path]:
    if not scope:
        yield done
        return
    if scope[0] == _ANY_ITEM:
        keys: Iterable[str | int] = range(len(value)) if isinstance(value, list) else ()
    elif scope[0] == _ANY_KEY:
        keys = value if isinstance(value, dict) else ()
    else:
        keys = (scope[0],)
    for key in keys:
        yield from _expand(value_at(value, (key,)), scope[1:], (*done, key))
