"""What stands at a property path, which values are secret or unknown, and what differs between two values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regionctl.model.path import join, split

from .events import SECRET, UNKNOWN, ChangeKind, PropertyChange

# Unknown values by kind: sdk/go/common/resource/plugin/rpc.go of pulumi v3.259.0.
_UNKNOWNS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
# sdk/go/common/resource/sig.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"


def get(value: Any, path: str) -> Any:
    """The value at a path, or None where there is none."""
    for part in split(path):
        try:
            value = value[part]
        except (TypeError, KeyError, IndexError):
            return None
    return value


def cleaned(value: Any) -> Any:
    """A copy in which unknown values read "[unknown]" and secrets, masked or not, "[secret]"."""
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWNS else value
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET_SIGNATURE:
            return SECRET
        return {key: cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    return value


def secrets(value: Any, base: str = "") -> Iterator[tuple[str, Any]]:
    """The secrets inside a value that is not masked, each with its path. A secret within a secret is part of it."""
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET_SIGNATURE:
            yield base, value.get("value")
            return
        for key in sorted(value):
            yield from secrets(value[key], join(base, key))
    elif _is_list(value):
        for index, item in enumerate(value):
            yield from secrets(item, join(base, index))


def holds_unknown(value: Any) -> bool:
    """Whether a value, masked or as it travels, is unknown anywhere."""
    if isinstance(value, str):
        return value in _UNKNOWNS or value == UNKNOWN
    if isinstance(value, Mapping):
        return any(holds_unknown(item) for item in value.values())
    return _is_list(value) and any(holds_unknown(item) for item in value)


def is_bookkeeping(type_: str, name: str) -> bool:
    """The stack itself and the engine's default providers: no resource of the program, and nothing to decide about."""
    return type_ == "pulumi:pulumi:Stack" or (type_.startswith("pulumi:providers:") and name.startswith("default"))


def changes(old: Any, new: Any, base: str = "") -> tuple[PropertyChange, ...]:
    """What differs between two values, at the deepest paths."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = sorted({*old, *new} - {"__defaults"})
        return tuple(c for key in keys for c in _at(old.get(key), new.get(key), join(base, key)))
    if _is_list(old) and _is_list(new):
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
    if (isinstance(old, Mapping) and isinstance(new, Mapping)) or (_is_list(old) and _is_list(new)):
        return changes(old, new, path)
    return (PropertyChange(path=path, kind=ChangeKind.UPDATE, old=old, new=new),)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _item(values: Sequence[Any], index: int) -> Any:
    return values[index] if index < len(values) else None
