"""Converts values of another kind than a property has, as Pulumi's bridges do.

Programs of other languages and YAML give `8080` for a text or `"true"` for a boolean, and the real providers take it.
For providers of Terraform's SDK: `makeTerraformInput` in `pkg/tfbridge/schema.go` of the bridge and `validatePrimitive`
of the SDK. For those of its plugin framework: `pkg/convert/{string,number,bool}.go` of the bridge.
"""

from __future__ import annotations

from enum import StrEnum

from regionctl.model.values import is_asset
from regionctl.model.wire import Value
from regionctl.providers.schema import Kind, Shape


class Plugin(StrEnum):
    """What a provider is written with: it decides on coercion, on unknown properties and on what a change is."""

    SDK = "sdk"  # Terraform's Plugin SDK v2
    FRAMEWORK = "framework"  # Terraform's Plugin Framework


class NotCoercible(ValueError):
    """The real provider refuses the value too."""


def fits(value: Value, kind: Kind) -> bool:
    """Whether a value is of a kind already."""
    match kind:
        case Kind.STRING:
            return isinstance(value, str)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.LIST:
            return isinstance(value, list)
        case Kind.OBJECT | Kind.MAP:
            return isinstance(value, dict) and not is_asset(value)
        case Kind.ASSET:
            return is_asset(value)
        case Kind.ANY:
            return True


def coerced(value: Value, shape: Shape, plugin: Plugin) -> Value:
    """The value that the provider makes of one that does not fit. Raises NotCoercible."""
    match shape.kind:
        case Kind.STRING if isinstance(value, bool | int | float):
            return str(value).lower() if isinstance(value, bool) else _decimal(value)
        case Kind.INTEGER | Kind.NUMBER if isinstance(value, str):
            return _number(value, shape.kind, plugin)
        case Kind.INTEGER if isinstance(value, float) and (value.is_integer() or plugin is Plugin.SDK):
            return int(value)
        case Kind.NUMBER if isinstance(value, bool) and plugin is Plugin.SDK:
            return value  # the plan refuses it: `planning`
        case Kind.BOOLEAN if plugin is Plugin.SDK and isinstance(value, int | float):
            return value
        case Kind.BOOLEAN if plugin is Plugin.SDK:
            return _boolean(value)
        case Kind.LIST if plugin is Plugin.SDK and not is_asset(value):
            return [value]
        case Kind.OBJECT if plugin is Plugin.SDK and isinstance(value, list) and len(value) <= 1:
            return value[0] if value else None
    raise NotCoercible


def _decimal(value: float) -> str:
    return str(int(value)) if isinstance(value, int) or value.is_integer() else repr(value)


def _number(text: str, kind: Kind, plugin: Plugin) -> Value:
    if text == "" and plugin is Plugin.FRAMEWORK:
        return None
    try:
        number = int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError as err:
        raise NotCoercible from err
    if kind is Kind.INTEGER and isinstance(number, float):
        raise NotCoercible
    return number


# What Go's strconv.ParseBool takes.
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False", ""})


def _boolean(value: Value) -> bool:
    if isinstance(value, str) and value in _TRUE | _FALSE:
        return value in _TRUE
    raise NotCoercible
