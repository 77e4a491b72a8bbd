"""Which outputs a plan changes, that a stack later in the same plan was planned with as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regionctl.engine import Plan
from regionctl.model.values import SECRET_MASK


def changed_outputs(plan: Plan, held: Mapping[str, Any]) -> tuple[str, ...]:
    """The outputs that the stack holds and that would be others, or cannot be known before. Secrets cannot be told."""
    return tuple(
        name
        for name, value in sorted(held.items())
        if name in plan.outputs and value != SECRET_MASK and plan.outputs[name] != value
    )
