"""Which outputs of a resource are strings, as the SDK's class says."""

from __future__ import annotations

from functools import lru_cache

# The one place that says how a property's wire name and type are found on a resource class.
from pulumi._types import resource_types, unwrap_type
from pulumi.resource import Resource


@lru_cache(maxsize=4096)
def string_outputs(resource_class: type[Resource]) -> tuple[str, ...]:
    """Wire names of the outputs that are plain strings, in alphabetic order."""
    types = resource_types(resource_class)
    return tuple(sorted(name for name, annotation in types.items() if unwrap_type(annotation) is str))
