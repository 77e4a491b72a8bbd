"""Which element of a list a change is about: `settings.databaseFlags[1].value` is the flag that stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regionctl.model.path import parse

_NAMES = ("name", "key", "id")


def element_name(path: str, inputs: Mapping[str, Any]) -> str | None:
    """The name that the innermost list element on the path has in the inputs; None where there is none, and where the
    path leads to the name itself.
    """
    name: str | None = None
    value: Any = inputs
    for part in parse(path):
        if isinstance(part, str) and isinstance(value, Mapping):
            name = None if part in _NAMES and name == value.get(part) else name
            value = value.get(part)
        elif isinstance(part, int) and _has(value, part):
            value = value[part]
            name = _name_of(value) or name
        else:
            return name
    return name


def _has(value: Any, index: int) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and index < len(value)


def _name_of(value: Any) -> str | None:
    names = (value.get(key) for key in _NAMES) if isinstance(value, Mapping) else ()
    return next((name for name in names if isinstance(name, str)), None)
