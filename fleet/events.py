"""What a run over a fleet tells and asks while it goes on: a typed event for each thing to know, and who answers.

A run takes a `Sink` and calls it; what an event looks like is the business of whoever gave it (`cli/views/run.py`).
Between `WaveBegun` and `WaveEnded` the sink gets the engine's own events too, from threads of the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regionctl.model import events as engine_events
from regionctl.model.errors import RegionctlError
from regionctl.model.plan import Plan
from regionctl.model.program import Target

if TYPE_CHECKING:
    from datetime import datetime

    from fleet.results import Finding, Probed, RunResult
    from regionctl.engine.state.notes import Entry


@dataclass(frozen=True)
class Chosen:
    """The fleet was read and the stacks were chosen. `attached`: providers that stand in for a cloud's real ones."""

    fleet: str
    target: Target
    attached: Set[str]


@dataclass(frozen=True)
class Getting:
    """Something that is missing on this machine is being installed, as this sentence says."""

    said: str


@dataclass(frozen=True)
class LeftBefore:
    """What earlier runs left undone of the stacks that are planned now."""

    entries: Sequence[Entry]


@dataclass(frozen=True)
class NothingLeft:
    """No earlier run of this command left anything undone."""

    command: str


@dataclass(frozen=True)
class ComesFirst:
    """A stack that was not named is applied before one that was."""

    stack: str
    because: str


@dataclass(frozen=True)
class NoPlan:
    """A stack of several got as far as no plan."""

    error: RegionctlError


@dataclass(frozen=True)
class PlansMade:
    """The stacks were planned; before anybody is asked."""

    plans: Sequence[Plan]


@dataclass(frozen=True)
class NotInCheckout:
    """A stack changes by being in the revision `base` only: this checkout cannot take it down."""

    stack: str
    base: str


@dataclass(frozen=True)
class NotTried:
    """A stack is left out of the run, because these failed; no stacks: because no region is left to route to."""

    stack: str
    failed: Sequence[str] = ()


@dataclass(frozen=True)
class EdgeWithout:
    """The edge goes on without these regions. `because` is a clause: `which did not come up`."""

    stack: str
    regions: Sequence[str]
    because: str


@dataclass(frozen=True)
class EdgePlanned:
    """The edge was planned again, without regions that the first plan had."""

    plan: Plan


@dataclass(frozen=True)
class NotAsked:
    """The origins of these regions were not asked whether they answer, for the reason that a person gave."""

    regions: Sequence[str]
    reason: str


@dataclass(frozen=True)
class OriginAnswered:
    """A region's origin was asked, and answers."""

    host: str
    said: str


@dataclass(frozen=True)
class SavedPlanRead:
    """A saved plan is genuine, and holds here and now."""

    path: Path
    made_by: str
    made: datetime


@dataclass(frozen=True)
class WaveBegun:
    """The stacks of a wave begin to run. By stack the steps that were planned."""

    steps: Mapping[str, Sequence[engine_events.Step]]


@dataclass(frozen=True)
class WaveEnded:
    """The wave that began last has ended, maybe by an exception."""


@dataclass(frozen=True)
class Checked:
    """A bootstrap looked for what would stop it, before anything was made."""

    findings: Sequence[Finding]


@dataclass(frozen=True)
class Applied:
    """A bootstrap has applied the stacks, or failed to."""

    result: RunResult


@dataclass(frozen=True)
class Probes:
    """A bootstrap asked what works. `doubles`: what stood behind the Worker was not the real thing."""

    probes: Sequence[Probed]
    doubles: bool


Event = (
    Chosen
    | Getting
    | LeftBefore
    | NothingLeft
    | ComesFirst
    | NoPlan
    | PlansMade
    | NotInCheckout
    | NotTried
    | EdgeWithout
    | EdgePlanned
    | NotAsked
    | OriginAnswered
    | SavedPlanRead
    | WaveBegun
    | WaveEnded
    | Checked
    | Applied
    | Probes
    | engine_events.Event
)
Sink = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """For whoever wants the result alone."""


class NotConfirmed(RegionctlError):
    """Nobody can be asked, and `--yes` was not given."""

    def __init__(self) -> None:
        super().__init__("there is no terminal to ask on", hint="give --yes to go on without being asked")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who answers. `yes`: the answer to every question was given before. `can_answer`: whether anybody is there."""

    yes: bool
    can_answer: Callable[[], bool]
    confirms: Callable[[str], bool]  # a question
    types: Callable[[str], str]  # what is to be typed, as a sentence

    def must_be_able_to_answer(self) -> None:
        """Raises NotConfirmed at once, before any work is done."""
        if not self.yes and not self.can_answer():
            raise NotConfirmed

    def agrees(self, question: str) -> bool:
        return self.yes or self.confirms(question)
