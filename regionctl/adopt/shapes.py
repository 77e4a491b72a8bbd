"""Translates the names and shapes of Terraform, or of a REST API, to those of Pulumi.

Pulumi's bridge writes names in camel case, makes a list's name plural, and makes a list of at most one element that
element itself (`TerraformToPulumiNameV2`, pulumi-terraform-bridge v3). Which of these it did, the SDK's classes say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from regionctl.adopt.inventory import Expression
from regionctl.providers.schema import Kind, Property, Shape, TypeSchema, UnknownType, type_schema


@cache
def schema_of(token: str) -> TypeSchema | None:
    """The SDK's schema of a type; None for a type that it does not have."""
    try:
        return type_schema(token)
    except UnknownType:
        return None


def pulumi_properties(token: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of a resource by Pulumi's names, in Pulumi's shapes. What Pulumi does not know stays as it is."""
    schema = schema_of(token)
    return _object(values, {**schema.outputs, **schema.inputs}, schema) if schema else dict(values)


def camel(name: str) -> str:
    return re.sub(r"_+([a-z0-9])", lambda match: match.group(1).upper(), name)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _spellings(name: str) -> Iterator[str]:
    base = camel(name)
    yield base
    yield f"{base}s"
    yield f"{base}es"
    if base.endswith("y"):
        yield f"{base[:-1]}ies"


def _object(values: Mapping[str, Any], known: Mapping[str, Property], schema: TypeSchema) -> dict[str, Any]:
    shaped = {}
    for name, value in values.items():
        spelled = next((word for word in _spellings(name) if word in known), camel(name))
        shape = known[spelled].shape if spelled in known else None
        result = _shaped(value, shape, schema)
        if result is not None:
            shaped[spelled] = result
    return shaped


def _shaped(value: Any, shape: Shape | None, schema: TypeSchema) -> Any:
    if shape is None or value is None or isinstance(value, Expression):
        return value
    match shape.kind:
        case Kind.OBJECT:
            return _one(value, shape, schema)
        case Kind.LIST:
            items = value if isinstance(value, list) else [value]
            return [_shaped(item, shape.element, schema) for item in items] or None
        case Kind.MAP:
            return dict(value) if isinstance(value, Mapping) and value else None
        case Kind.STRING if isinstance(value, bool):
            return str(value).lower()
        case Kind.STRING if isinstance(value, int | float):
            return str(value)
        case Kind.INTEGER | Kind.NUMBER:
            return _number(value)
        case Kind.BOOLEAN if value in ("true", "false"):
            return value == "true"
        case _:
            return value


def _one(value: Any, shape: Shape, schema: TypeSchema) -> Any:
    """An object; of a list of at most one element, that element."""
    if isinstance(value, list):
        return _one(value[0], shape, schema) if value else None
    if not isinstance(value, Mapping):
        return value
    fields = schema.fields(shape)
    return _object(value, fields, schema) if fields else dict(value)


def _number(value: Any) -> Any:
    """REST APIs write 64-bit integers as strings, and a number of protobuf as 7.0."""
    if isinstance(value, bool | int) or (isinstance(value, str) and re.fullmatch(r"-?\d{1,30}", value, re.ASCII)):
        return int(value)  # exactly: a float has room for fifteen digits
    try:
        number = float(value)
    except (TypeError, ValueError):
        return value
    if not math.isfinite(number):
        return value
    return int(number) if number.is_integer() else number


def renamed(data: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The REST API's properties under Pulumi's `names`, paths both."""
    values = deepcopy(dict(data))
    for old, new in names.items():
        move(values, old.split("."), new.split("."))
    return values


def move(value: dict[str, Any], old: list[str], new: list[str]) -> None:
    """Moves what is at `old` to `new`; where both go through the same list, in each of its elements."""
    common = 0
    while common < min(len(old), len(new)) - 1 and old[common] == new[common]:
        common += 1
    for parent in _all(value, old[:common]):
        moved, known = _take(parent, old[common:])
        if known:
            _put(parent, new[common:], moved)


def _all(value: Any, keys: list[str]) -> Iterator[Any]:
    if not keys:
        yield value
        return
    key, rest = keys[0], keys[1:]
    inner = value.get(key.removesuffix("[]")) if isinstance(value, dict) else None
    for item in inner if key.endswith("[]") and isinstance(inner, list) else [inner]:
        if item is not None:
            yield from _all(item, rest)


def _take(value: Any, keys: list[str]) -> tuple[Any, bool]:
    for key in keys[:-1]:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, dict) or keys[-1] not in value:
        return None, False
    return value.pop(keys[-1]), True


def _put(value: dict[str, Any], keys: list[str], moved: Any) -> None:
    for key in keys[:-1]:
        inner = value.setdefault(key, {})
        if not isinstance(inner, dict):
            inner = value[key] = {}
        value = inner
    value[keys[-1].removesuffix("[]")] = moved
