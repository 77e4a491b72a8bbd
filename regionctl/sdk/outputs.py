"""Which outputs of a resource are strings, as the SDK's class says."""

from __future__ import annotations

import re
import typing
from functools import lru_cache
from typing import Any

from pulumi import Output, _types


def string_outputs(resource_class: type) -> tuple[str, ...]:
    """Wire names of the outputs that are plain strings, in alphabetic order."""
    types, unwrap = getattr(_types, "resource_types", None), getattr(_types, "unwrap_type", None)
    return _by_getters(resource_class) if types is None or unwrap is None else _by_types(resource_class, types, unwrap)


@lru_cache(maxsize=4096)
def _by_types(resource_class: type, types: Any, unwrap: Any) -> tuple[str, ...]:
    return tuple(sorted(name for name, annotation in types(resource_class).items() if unwrap(annotation) is str))


def _by_getters(resource_class: type) -> tuple[str, ...]:
    """The same from what the generated classes promise: a property an output, its name in snake case."""
    found = set()
    for base in resource_class.__mro__:
        for name, value in vars(base).items():
            if isinstance(value, property) and value.fget is not None:
                hint = typing.get_type_hints(value.fget).get("return")
                if hint == Output[str] or hint == Output[str | None]:
                    found.add(re.sub(r"_(\w)", lambda word: word[1].upper(), name))
    return tuple(sorted(found))
