"""What the JSON document of `diff` says of all its stacks together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regionctl.model.plan import Plan, step_json

from .blast import blast_radius
from .fold import AllTokens, Group, fold


def folded_document(plans: Sequence[Plan], tokens: AllTokens) -> dict[str, Any]:
    """`blast_radius`, and `folded`: `stacks` with the `steps` that each of them takes as people read them."""
    groups = fold(plans, tokens)
    return {"blast_radius": blast_radius(plans, groups).to_json(), "folded": [_group(group) for group in groups]}


def _group(group: Group) -> dict[str, Any]:
    return {"stacks": list(group.stacks), "steps": [step_json(step) for step in group.steps]}
