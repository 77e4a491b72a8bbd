"""The blast radius of a change: which stacks it touches, which data is at stake, how long what is served is gone, and
whether the regions stay alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from regionctl.model.events import Op, Step
from regionctl.model.plan import Plan, step_json
from regionctl.providers.catalogue import Downtime

from .downtime import effect, loses_data, worst
from .fold import AllTokens, Group, by_resource, fold


class Parity(StrEnum):
    """Whether the regions that were compared all take the same steps."""

    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One resource of one stack that the change is felt at. `path`: the property that decides, where one does. `lost`:
    it holds data, and is replaced or deleted.
    """

    stack: str
    op: Op
    type: str
    name: str
    urn: str
    downtime: Downtime
    path: str | None = None
    lost: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "stack": self.stack,
            "op": str(self.op),
            "type": self.type,
            "name": self.name,
            "urn": self.urn,
            "downtime": str(self.downtime),
            "path": self.path,
        }


@dataclass(frozen=True, kw_only=True)
class BlastRadius:
    """`stacks`: those in which something changes. `lost`: what holds data and is replaced or deleted. `felt`: every
    resource for which something is down a while, those of `lost` among them. `parity` is None with fewer than two
    regions.
    """

    stacks: tuple[str, ...]
    lost: tuple[Hit, ...]
    felt: tuple[Hit, ...]
    parity: Parity | None

    @cached_property
    def downtime(self) -> Downtime:
        """The gravest of all."""
        return worst(hit.downtime for hit in self.felt)

    def to_json(self) -> dict[str, Any]:
        """`blast_radius` of the JSON document of `diff`."""
        return {
            "stacks": list(self.stacks),
            "stateful": [hit.to_json() for hit in self.lost],
            "downtime": str(self.downtime),
            "causes": [hit.to_json() for hit in self.felt],
            "parity": self.parity and str(self.parity),
        }


def blast_radius(plans: Sequence[Plan], groups: Sequence[Group]) -> BlastRadius:
    """`groups` are the folded plans: the regions stay alike where each change of one is made in all of them."""
    felt = [hit for plan in plans for steps in by_resource(plan.changes) for hit in _felt(plan.stack, steps)]
    return BlastRadius(
        stacks=tuple(plan.stack for plan in plans if plan.changes),
        lost=tuple(hit for hit in felt if hit.lost),
        felt=tuple(felt),
        parity=_parity(plans, groups),
    )


def _felt(stack: str, steps: Sequence[Step]) -> Iterator[Hit]:
    for step in steps:
        what = effect(step, steps)
        if what.downtime is not Downtime.NONE:
            yield Hit(
                stack=stack,
                op=step.op,
                type=step.type,
                name=step.name,
                urn=step.urn,
                downtime=what.downtime,
                path=what.path,
                lost=loses_data(step),
            )


def _parity(plans: Sequence[Plan], groups: Sequence[Group]) -> Parity | None:
    regions = {plan.stack for plan in plans if plan.region and not plan.error}
    if len(regions) < 2:
        return None
    touched = [regions.intersection(group.stacks) for group in groups]
    return Parity.KEPT if all(not some or some == regions for some in touched) else Parity.BROKEN


def folded_document(plans: Sequence[Plan], tokens: AllTokens) -> dict[str, Any]:
    """`blast_radius`, and `folded`: `stacks` with the `steps` that each of them takes as people read them."""
    groups = fold(plans, tokens)
    return {"blast_radius": blast_radius(plans, groups).to_json(), "folded": [_group(group) for group in groups]}


def _group(group: Group) -> dict[str, Any]:
    return {"stacks": list(group.stacks), "steps": [step_json(step) for step in group.steps]}
