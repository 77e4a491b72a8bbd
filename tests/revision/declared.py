"""Declarations to compare, written down instead of rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regionctl.engine import Op, Plan, Step
from regionctl.render import Declaration, Options, Resource, Symbol, Symbolic, Value
from regionctl.review.revision import StackFacts, compare

STACK = StackFacts(stack="prod.eu-west", fleet="prod", region="eu-west", target="sandbox")
PREFIX = "urn:pulumi:prod.eu-west::regionctl::"

NETWORK = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
BUCKET = "gcp:storage/bucket:Bucket"
KEY = "gcp:kms/cryptoKey:CryptoKey"
SERVICE = "gcp:cloudrunv2/service:Service"
GROUP = "test:index:Group"


def urn(type_: str, name: str, *above: str) -> str:
    return f"{PREFIX}{'$'.join((*above, type_))}::{name}"


def resource(type_: str, name: str, parent: Resource | None = None, /, **inputs: Any) -> Resource:
    """A custom resource."""
    return _resource(type_, name, parent, custom=True, inputs=inputs)


def group(name: str, parent: Resource | None = None, options: Options | None = None) -> Resource:
    """A component."""
    return _resource(GROUP, name, parent, custom=False, inputs={}, options=options)


def _resource(
    type_: str,
    name: str,
    parent: Resource | None,
    *,
    custom: bool,
    inputs: Mapping[str, Value],
    options: Options | None = None,
) -> Resource:
    above = [parent.urn.split("::")[2]] if parent else []
    return Resource(
        urn=urn(type_, name, *above),
        type=type_,
        name=name,
        custom=custom,
        inputs=inputs,
        parent=parent.urn if parent else None,
        property_dependencies={key: found for key, value in inputs.items() if (found := _sources(value))},
        options=options or Options(),
    )


def of(resource_: Resource, property_: str) -> Symbolic:
    """A property that only the cloud knows."""
    return Symbolic(f"${{{resource_.name}.{property_}}}", (Symbol(resource_.urn, property_),))


def declaration(*resources: Resource, **outputs: Value) -> Declaration:
    return Declaration(project="regionctl", stack=STACK.stack, resources={r.urn: r for r in resources}, outputs=outputs)


def plan(base: Sequence[Resource] | None, head: Sequence[Resource] | None) -> Plan:
    return compare(STACK, *(None if side is None else declaration(*side) for side in (base, head)))


def ops(found: Plan) -> dict[str, Op]:
    """What happens to each resource, a replacement once, what stays the same left out."""
    parts = {Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.SAME}
    return {step.name: step.op for step in found.steps if step.op not in parts}


def step(found: Plan, name: str) -> Step:
    """The step of a resource: of a replacement, its `replace`."""
    parts = {Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED}
    return next(step for step in found.steps if step.name == name and step.op not in parts)


def _sources(value: Value) -> tuple[str, ...]:
    if isinstance(value, Symbolic):
        return tuple(symbol.source for symbol in value.symbols)
    if isinstance(value, Mapping):
        return tuple(source for item in value.values() for source in _sources(item))
    if isinstance(value, list):
        return tuple(source for item in value for source in _sources(item))
    return ()
