"""Finds what differs between two values, and which parts of an engine's values are secret or unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regionctl.model.events import ChangeKind, PropertyChange
from regionctl.model.path import join, show
from regionctl.model.urn import ROOT_TYPE
from regionctl.model.values import SECRET_MASK, UNKNOWN_MASK, UNKNOWN_TEXTS, is_list, is_secret, rebuilt, walk


def cleaned(value: Any) -> Any:
    """A copy in which unknown values read "[unknown]" and secrets, masked or not, "[secret]"."""
    return rebuilt(value, _masked)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return UNKNOWN_MASK if value in UNKNOWN_TEXTS else value
    return SECRET_MASK if is_secret(value) else value


def secrets(value: Any) -> Iterator[tuple[str, Any]]:
    """The secrets inside a value that is not masked, each with its path. A secret within a secret is part of it."""
    found = ((show(path), item) for path, item in walk(value, into=lambda item: not is_secret(item)) if is_secret(item))
    for path, secret in sorted(found, key=lambda one: one[0]):
        yield path, secret.get("value")


def holds_unknown(value: Any) -> bool:
    """Whether a value, masked or as it travels, is unknown anywhere."""
    return any(isinstance(item, str) and (item in UNKNOWN_TEXTS or item == UNKNOWN_MASK) for _, item in walk(value))


def is_bookkeeping(type_: str, name: str) -> bool:
    """The stack itself and the engine's default providers: no resource of the program, and nothing to decide about."""
    return type_ == ROOT_TYPE or (type_.startswith("pulumi:providers:") and name.startswith("default"))


def changes(old: Any, new: Any, base: str = "") -> tuple[PropertyChange, ...]:
    """What differs between two values, at the deepest paths."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = sorted({*old, *new} - {"__defaults"})
        return tuple(c for key in keys for c in _at(old.get(key), new.get(key), join(base, key)))
    if is_list(old) and is_list(new):
        size = max(len(old), len(new))
        return tuple(c for i in range(size) for c in _at(_item(old, i), _item(new, i), join(base, i)))
    return _at(old, new, base)


def _at(old: Any, new: Any, path: str) -> tuple[PropertyChange, ...]:
    if old == new:
        return ()
    if old is None:
        return (PropertyChange(path=path, kind=ChangeKind.ADD, new=new),)
    if new is None:
        return (PropertyChange(path=path, kind=ChangeKind.DELETE, old=old),)
    if (isinstance(old, Mapping) and isinstance(new, Mapping)) or (is_list(old) and is_list(new)):
        return changes(old, new, path)
    return (PropertyChange(path=path, kind=ChangeKind.UPDATE, old=old, new=new),)


def _item(values: Sequence[Any], index: int) -> Any:
    return values[index] if index < len(values) else None
