"""Which element of a list a change is about: `settings.databaseFlags[1].value` is the flag that stands there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

# A property path as Pulumi writes it: a.b[0]["c.d"]. https://www.pulumi.com/docs/iac/concepts/miscellaneous/property-paths/
_PART = re.compile(r'\[(?P<index>\d+)\]|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]|\.?(?P<key>[^.\[]+)')
_NAMES = ("name", "key", "id")


def element_name(path: str, inputs: Mapping[str, Any]) -> str | None:
    """The name that the innermost list element on the path has in the inputs; None where there is none, and where the
    path leads to the name itself.
    """
    name: str | None = None
    value: Any = inputs
    for part in _PART.finditer(path):
        if isinstance(value, Mapping):
            key = part["key"] or part["quoted"]
            name = None if key in _NAMES and name == value.get(key) else name
            value = value.get(key)
        elif part["index"] is not None and _has(value, int(part["index"])):
            value = value[int(part["index"])]
            name = _name_of(value) or name
        else:
            return name
    return name


def _has(value: Any, index: int) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and index < len(value)


def _name_of(value: Any) -> str | None:
    names = (value.get(key) for key in _NAMES) if isinstance(value, Mapping) else ()
    return next((name for name in names if isinstance(name, str)), None)
