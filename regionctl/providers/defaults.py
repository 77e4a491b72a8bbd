"""Fills in what a provider fills in where a program says nothing: defaults, and generated names.

As in `applyDefaults` of Pulumi's Terraform bridge v3 (`pkg/tfbridge/schema.go`): defaults are filled in where nothing
is given and nothing excludes them, an object's `__defaults` lists which ones, and a resource keeps the name that it has
when the program no longer gives one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from regionctl.model.path import Each, Path, Pattern, join
from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure
from regionctl.providers.facts import AutoName, Facts
from regionctl.providers.groups import excluded
from regionctl.providers.schema import Kind, Property, Shape, TypeSchema

DEFAULTS: Final = "__defaults"
SUFFIX_LENGTH: Final = 7  # hex digits of a generated name


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What a generated name is made from."""

    urn_name: str
    seed: bytes
    proposed: str | None = None  # by the engine's autonaming configuration
    disabled: bool = False


def with_defaults(schema: TypeSchema, facts: Facts, values: Mapping[str, Value]) -> dict[str, Value]:
    """The inputs, with the defaults of what is not given."""
    filling = _Filling(schema, facts, excluded(facts, values))
    return filling.objects(values, schema.inputs, (), "")


def fill_name(
    name: str,
    auto: AutoName,
    values: dict[str, Value],
    olds: Mapping[str, Value],
    naming: Naming,
) -> CheckFailure | None:
    """Puts the name into `values`: the one that the resource has, else a new one.

    `ComputeAutoNameDefault` in `pkg/tfbridge/info/autonaming.go` of the bridge: a name that the program gave and does
    not give any longer stays too.
    """
    kept = olds.get(name)
    if kept is None and naming.disabled:
        return CheckFailure(name, "missing required property: automatic naming is disabled")
    values[name] = kept or naming.proposed or generated_name(auto, naming)
    values[DEFAULTS] = sorted({*values.get(DEFAULTS, ()), name})
    return None


def generated_name(auto: AutoName, naming: Naming) -> str:
    """`<name>-<7 hex>`, the same for the same seed."""
    name = naming.urn_name.lower() if auto.lower else naming.urn_name
    if not auto.suffix:
        return name
    digest = hashlib.sha256(naming.seed + naming.urn_name.encode()).hexdigest()[:SUFFIX_LENGTH]
    return f"{name[: auto.length - SUFFIX_LENGTH - 1]}{auto.separator}{digest}"


class _Filling:
    def __init__(self, schema: TypeSchema, facts: Facts, absent: frozenset[Pattern]) -> None:
        self._schema = schema
        self._defaults = facts.defaults_in
        self._absent = absent

    def objects(
        self, values: Mapping[str, Value], props: Mapping[str, Property], path: Path, fact: str
    ) -> dict[str, Value]:
        filled: dict[str, Value] = {}
        for name, value in values.items():
            if name != DEFAULTS and value is not None:
                prop = props.get(name)
                here = join(fact, name)
                filled[name] = self._value(value, prop.shape, (*path, name), here) if prop else value
        added = [
            name
            for name, default in self._defaults.get(fact, {}).items()
            if name in props and name not in filled and (*path, name) not in self._absent
        ]
        filled.update((name, self._defaults[fact][name]) for name in added)
        filled[DEFAULTS] = sorted(added)
        return filled

    def _value(self, value: Value, shape: Shape, path: Path, fact: str) -> Value:
        if shape.kind is Kind.OBJECT and isinstance(value, dict):
            return self.objects(value, self._schema.fields(shape), path, fact)
        element = shape.element
        if shape.kind is Kind.LIST and element is not None and isinstance(value, list):
            return [self._value(item, element, (*path, i), join(fact, Each.ITEM)) for i, item in enumerate(value)]
        if shape.kind is Kind.MAP and element is not None and element.class_name and isinstance(value, dict):
            return {
                key: self._value(item, element, (*path, key), join(fact, Each.KEY)) if key != DEFAULTS else item
                for key, item in value.items()
            }
        return value
