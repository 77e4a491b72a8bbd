"""Makes the outputs of a resource after an operation: its inputs, and what the cloud adds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from regionctl.model.path import Path, split
from regionctl.model.values import UNKNOWN, paths_at, pruned, value_at
from regionctl.model.wire import Bag, Value
from regionctl.providers.coercion import Plugin
from regionctl.providers.defaults import DEFAULTS
from regionctl.providers.schema import Kind
from regionctl.sandbox.emulation import Call, TypeKind, evaluate, present
from regionctl.sandbox.provider import Config, Provider

_TIME: Final = re.compile(r"(Time|Timestamp|On|At)$")


def preview_outputs(kind: TypeKind, provider: Provider, inputs: Bag, scope: Mapping[str, Value], config: Config) -> Bag:
    """What is known before the resource is made; what the cloud will say is unknown."""
    outputs = echo(inputs.values)
    for name, prop in kind.schema.outputs.items():
        if name not in outputs:
            known = None if name in kind.emulation.outputs else scope.get(name)  # a new project's number is not known
            if known is None:
                known = provider.common_output(kind.schema, name, inputs.values, config)
            comes = name in kind.emulation.outputs or prop.required
            outputs[name] = UNKNOWN if known is None and comes else known
    for path in kind.emulation.fills:
        block, name = split(path)
        for place in paths_at(outputs, block):
            value = value_at(outputs, place)
            if isinstance(value, dict):
                value.setdefault(name, UNKNOWN)
    return _bag(kind, inputs, outputs)


def actual_outputs(call: Call, provider: Provider, inputs: Bag, config: Config, old: Mapping[str, Value]) -> Bag:
    """What the cloud answers. Of an update's `old` outputs, those stay that the inputs do not decide."""
    kind, emulation = call.kind, call.kind.emulation
    outputs = echo(call.inputs)
    for name, prop in kind.schema.outputs.items():
        if name in outputs:
            continue
        before = old.get(name)
        value = before if name not in emulation.mutable and kind.stays(name, before) else None
        if value is None and name in emulation.outputs:
            value = evaluate(call, emulation.outputs[name])
        chosen = name not in kind.schema.inputs or name in kind.facts.computed
        if value is None and chosen:
            value = kind.facts.fallback.get(name, call.scope.get(name))
        if value is None and chosen:
            value = provider.common_output(kind.schema, name, call.inputs, config)
        if value is None and prop.required and name not in emulation.outputs:
            value = provider.guessed_output(call, prop)
        outputs[name] = _answered(kind, name, value)
    if emulation.refine is not None:
        emulation.refine(call, outputs)
    return _bag(kind, inputs, {**outputs, **provider.state_notes(call)})


def _answered(kind: TypeKind, name: str, value: Value) -> Value:
    """None where an API would answer with nothing: what nobody gave and has the zero of its kind is left out of JSON
    (https://protobuf.dev/programming-guides/json/), and a time is never empty."""
    prop = kind.schema.inputs.get(name)
    if prop is not None and prop.shape.kind is Kind.LIST and name in kind.facts.computed and kind.plugin is Plugin.SDK:
        return value or []  # read back with its count of none: without it the next plan does not know the list
    if prop is not None and not isinstance(value, float) and value in ("", 0, False, [], {}):
        return None
    return None if value == "" and _TIME.search(name) else value


def echo(values: Mapping[str, Value]) -> dict[str, Value]:
    """Inputs as they come back in outputs: without the marks of defaults."""
    kept: dict[str, Value] = pruned(values, lambda key, item: key != DEFAULTS and item is not None)
    return kept


def within(paths: Iterable[Path], values: Mapping[str, Value]) -> frozenset[Path]:
    """Those paths that lead to a value."""

    return frozenset(path for path in paths if value_at(values, path) is not None)


def _bag(kind: TypeKind, inputs: Bag, outputs: Mapping[str, Value]) -> Bag:
    known = present(outputs)
    return Bag(known, within(inputs.secrets, known) | kind.secrets(known))
