"""Reads a resource's inputs: a path in, a value out, and whether anybody knows the value before an apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, TypeGuard

from regionctl.model.path import Part, parse, show
from regionctl.model.values import SECRET_MASK, rebuilt, walk
from regionctl.render import UNKNOWN, Asset, Reference, Resource, Secret, Symbolic, Unknown, Value


class Missing:
    """What is not there."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()
Found: TypeAlias = Value | Missing


def at(resource: Resource, path: str) -> Found:
    """An input by its path: `settings.tier`, `rules[0].action`. Secrets are opened; what lies in
    something unknown is unknown."""
    value: Found = resource.inputs
    for step in parse(path):
        value = _step(opened(value), step)
    return opened(value)


class Hidden(str):
    """A text that a secret holds: to be compared, and shown by no message."""

    __slots__ = ()

    def __format__(self, _spec: str) -> str:
        return SECRET_MASK


def opened(value: Found) -> Found:
    """What a secret holds, its texts hidden from messages; everything else as it is."""
    return rebuilt(value.value, _hidden) if isinstance(value, Secret) else value


def _hidden(value: Value) -> Value:
    return Hidden(value) if isinstance(value, str) and not isinstance(value, Symbolic) else value


def items(value: Found) -> Sequence[Found]:
    """The items of a list, or none where there is no list. One unknown item for an unknown list."""
    value = opened(value)
    if isinstance(value, Unknown):
        return (UNKNOWN,)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [opened(item) for item in value]
    return ()


def fields(value: Found) -> Mapping[str, Value]:
    """The fields of an object, or none where there is no object."""
    value = opened(value)
    return value if isinstance(value, Mapping) else {}


def is_known(value: Found) -> TypeGuard[bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None]:
    """Whether the value itself stands in the program: neither unknown nor made from what only the cloud knows."""
    return not isinstance(value, (Unknown, Symbolic, Missing, Reference, Asset, Secret))


def is_absent(value: Found) -> bool:
    """Whether there is nothing: left out, or empty."""
    return value is None or isinstance(value, Missing) or value in ("", [], {})


def is_set(value: Found) -> bool:
    """Whether there is something for certain. What is unknown may turn out to be nothing."""
    return not is_absent(value) and not isinstance(value, Unknown)


def shown(value: Found) -> str:
    """The value in a message."""
    value = opened(value)
    if value is None or isinstance(value, Missing):
        return "not set"
    if isinstance(value, Unknown):
        return "known only after an apply"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return f"{value}" or "empty"
    if isinstance(value, Sequence):
        return ", ".join(map(shown, value)) or "empty"
    return "an object"


def _step(value: Found, step: Part) -> Found:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Mapping):
        return value.get(str(step), MISSING)
    if isinstance(value, Sequence) and not isinstance(value, str):
        # `rules.0` is how rules of a company may still say `rules[0]`.
        index = int(step) if isinstance(step, str) and step.isdecimal() else step
        return value[index] if isinstance(index, int) and index < len(value) else MISSING
    return MISSING


def texts(value: Value) -> Iterator[tuple[str, str]]:
    """`(path, text)` of every text, keys of maps and what secrets and assets hold included."""
    for path, item in walk(value):
        if isinstance(item, str):
            yield show(path), item
        elif isinstance(item, Mapping):
            yield from ((show((*path, key)), key) for key in item)
