"""Two declarations of one stack, as a plan."""

from __future__ import annotations

from dataclasses import dataclass

from regionctl.engine import Kind, Plan
from regionctl.render import Declaration


@dataclass(frozen=True, kw_only=True)
class StackFacts:
    """What a plan says of its stack besides its steps."""

    stack: str
    fleet: str
    region: str | None
    target: str


def compare(stack: StackFacts, base: Declaration | None, head: Declaration | None) -> Plan:
    """What the change from `base` to `head` does, as the steps that an engine would take whose state is `base`."""
    return Plan(
        stack=stack.stack,
        fleet=stack.fleet,
        region=stack.region,
        target=stack.target,
        kind=Kind.REVISION,
        steps=(),
    )
