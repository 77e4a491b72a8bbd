"""What Terraform's SDK refuses when it plans, although its validators took it: seen of the provider that was built.

The bridge hands values to the plan as they are. There a number is no boolean (`recoverCtyValue` of the bridge's
pkg/tfshim/sdk-v2), and a list has no element that is nothing (`validateConfigNulls` of helper/schema/grpc_provider.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from regionctl.model.path import Path
from regionctl.model.path import show as show_path
from regionctl.model.wire import Value
from regionctl.providers.errors import CheckFailure
from regionctl.providers.schema import Kind, Property, Shape, TypeSchema


def unplannable(schema: TypeSchema, inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """What no plan can be made of, in checked inputs of a type whose provider is written with the SDK."""
    return _objects(schema, inputs, schema.inputs, ())


def _objects(
    schema: TypeSchema, values: Mapping[str, Value], props: Mapping[str, Property], path: Path
) -> Iterator[CheckFailure]:
    for name, value in values.items():
        if name in props and value is not None:
            yield from _value(schema, value, props[name].shape, (*path, name))


def _value(schema: TypeSchema, value: Value, shape: Shape, path: Path) -> Iterator[CheckFailure]:
    if shape.kind is Kind.BOOLEAN and isinstance(value, int | float) and not isinstance(value, bool):
        yield CheckFailure(show_path(path), "a boolean is required, got a number")
    elif shape.kind is Kind.NUMBER and isinstance(value, bool):
        yield CheckFailure(show_path(path), "a number is required, got a boolean")
    elif shape.kind is Kind.OBJECT and isinstance(value, dict):
        yield from _objects(schema, value, schema.fields(shape), path)
    elif shape.kind is Kind.LIST and isinstance(value, list) and shape.element is not None:
        for i, item in enumerate(value):
            if item is None:
                yield CheckFailure(show_path((*path, i)), "null value found in list: it is not allowed there")
            else:
                yield from _value(schema, item, shape.element, (*path, i))
