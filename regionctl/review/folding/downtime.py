"""What a step does to what is served: what the catalogue says of an update, and a rule for every other operation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from regionctl.model.events import Op, PropertyChange, Step
from regionctl.providers.catalogue import Downtime, entry

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
