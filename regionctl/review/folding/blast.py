"""The blast radius of a change: which stacks it touches, which data is at stake, how long what is served is gone, and
which stacks of a group it leaves unlike the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from regionctl.model.events import Op, PropertyChange, Step
from regionctl.model.plan import Plan, step_json
from regionctl.providers.catalogue import Downtime, entry

from .fold import AllTokens, Group, by_resource, fold

_GRAVITY = {downtime: grade for grade, downtime in enumerate(Downtime)}
_GONE = frozenset({Op.REPLACE, Op.DELETE})


@dataclass(frozen=True)
class Effect:
    """How what is served fares, and for which property where one decides."""

    downtime: Downtime
    path: str | None = None


def worst(downtimes: Iterable[Downtime]) -> Downtime:
    """The gravest; none where there is none."""
    return max(downtimes, key=_GRAVITY.__getitem__, default=Downtime.NONE)


def loses_data(step: Step) -> bool:
    """Whether the step replaces or deletes what holds data: such a type, or what the program protects."""
    return step.op in _GONE and step.custom and (step.protect or bool(entry(step.type).holds_data))


def effect(step: Step, steps: Sequence[Step]) -> Effect:
    """What the step does. `steps` are all of its resource: of a replacement they say which comes first.

    What goes takes its data along, or interrupts; not so what only looked on, and what goes after its replacement came.
    """
    if loses_data(step):
        return Effect(Downtime.DATA_AT_RISK)
    if step.op in _GONE and step.custom and not entry(step.type).watches and not _comes_before_it_goes(steps):
        return Effect(Downtime.INTERRUPTION)
    if step.op is Op.UPDATE:
        return max((_of(step.type, change) for change in step.diff), key=_gravity, default=Effect(Downtime.NONE))
    return Effect(Downtime.NONE)


def _comes_before_it_goes(steps: Sequence[Step]) -> bool:
    order = [step.op for step in steps if step.op in {Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED}]
    return order[:1] == [Op.CREATE_REPLACEMENT]


def _of(type_: str, change: PropertyChange) -> Effect:
    """The first that fits decides. An update that fits none interrupts nothing."""
    for known in entry(type_).updates:
        fits = any(_fits(change.path, property_) for property_ in known.properties)
        if fits and (not known.lowered or _lowers(change)):
            return Effect(known.downtime, change.path)
    return Effect(Downtime.NONE)


def _fits(path: str, property_: str) -> bool:
    return property_ in {"*", path} or path.startswith((f"{property_}.", f"{property_}["))


def _lowers(change: PropertyChange) -> bool:
    numbers = isinstance(change.old, int | float) and isinstance(change.new, int | float)
    return numbers and change.new < change.old


def _gravity(effect_: Effect) -> int:
    return _GRAVITY[effect_.downtime]


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
