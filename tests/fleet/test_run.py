"""Runs by the public functions of fleet/: what they tell, ask and return. No command line, no terminal, no engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.events import (
    Chosen,
    ComesFirst,
    EdgeWithout,
    Event,
    NotConfirmed,
    NotTried,
    Person,
    PlansMade,
    WaveBegun,
    WaveEnded,
)
from fleet.results import RunResult
from fleet.run import down, up
from regionctl.engine import RunOptions
from regionctl.probes import Origin, ProbeResult
from tests.cli.holding import Holding, fleet
from tests.cli.told_engine import Told, told

__all__ = ["fleet", "told"]

REGIONS = {"prod.ap-south", "prod.eu-west", "prod.us-east"}
NOBODY = Person(yes=False, can_answer=lambda: False, confirms=lambda _: False, types=lambda _: "")
SOMEBODY = replace(NOBODY, can_answer=lambda: True)


@pytest.fixture(autouse=True)
def _all_origins_answer(fleet: Holding) -> None:
    def asked(origin: Origin) -> ProbeResult:
        return ProbeResult(origin=origin, answers=True, said="HTTP status 200")

    fleet.with_services(probe=lambda _context: asked)


def bring_up(fleet: Holding, *names: str, person: Person, every: bool = False) -> tuple[RunResult, list[Event]]:
    events: list[Event] = []
    result = up(fleet.context(), names, RunOptions(), every=every, person=person, emit=events.append)
    return result, events


def test_a_run_tells_what_it_is_over_then_its_plans_and_then_its_waves(told: Told, fleet: Holding) -> None:
    result, events = bring_up(fleet, every=True, person=replace(NOBODY, yes=True))
    assert result.exit_code == 0
    assert isinstance(events[0], Chosen)
    waves = [set(event.steps) for event in events if isinstance(event, WaveBegun)]
    assert waves == [{"prod.auth"}, REGIONS, {"prod.edge"}]
    kinds = [type(event) for event in events]
    assert kinds.index(PlansMade) < kinds.index(WaveBegun)
    assert kinds.count(WaveBegun) == kinds.count(WaveEnded)


def test_what_was_not_named_and_is_needed_is_told_before_the_plans(told: Told, fleet: Holding) -> None:
    _, events = bring_up(fleet, "eu-west", person=replace(NOBODY, yes=True))
    first = ComesFirst("prod.auth", "was never applied and is needed")
    assert events.index(first) < [type(event) for event in events].index(PlansMade)


def test_who_does_not_agree_changes_nothing(told: Told, fleet: Holding) -> None:
    questions: list[str] = []

    def refuses(question: str) -> bool:
        questions.append(question)
        return False

    result, _ = bring_up(fleet, "auth", person=replace(SOMEBODY, confirms=refuses))
    assert (result.declined, result.exit_code, told.applied) == (True, 1, [])
    assert questions == ["Apply this to prod.auth?"]


def test_where_nobody_can_answer_nothing_is_planned(told: Told, fleet: Holding) -> None:
    with pytest.raises(NotConfirmed):
        bring_up(fleet, "auth", person=NOBODY)
    assert told.planned == []


def test_a_run_that_failed_says_how_it_goes_on_and_what_it_left_out(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.eu-west"}
    result, events = bring_up(fleet, every=True, person=replace(NOBODY, yes=True))
    assert result.exit_code == 1
    assert result.resume == "regionctl up --resume"
    assert EdgeWithout("prod.edge", ["eu-west"], "which did not come up") in events


def test_an_interrupt_ends_the_wave_that_runs(told: Told, fleet: Holding) -> None:
    told.killed_at = "prod.auth"
    events: list[Event] = []
    with pytest.raises(KeyboardInterrupt):
        up(fleet.context(), ["auth"], RunOptions(), person=replace(NOBODY, yes=True), emit=events.append)
    assert isinstance(events[-1], WaveEnded)


def test_what_is_protected_goes_after_its_name_was_typed(told: Told, fleet: Holding) -> None:
    prompts: list[str] = []

    def types(prompt: str) -> str:
        prompts.append(prompt)
        return "eu-west"

    options = RunOptions(unprotect=True)
    result = down(
        fleet.context(), ["eu-west"], options, person=replace(SOMEBODY, types=types), emit=lambda _event: None
    )
    assert (result.exit_code, told.destroyed) == (0, [["prod.eu-west"]])
    assert prompts == ["Type eu-west to delete it with its protected resources"]


def test_what_others_need_is_not_tried_once_they_failed(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.eu-west"}
    events: list[Event] = []
    down(fleet.context(), [], RunOptions(), every=True, person=replace(NOBODY, yes=True), emit=events.append)
    assert NotTried("prod.auth", ["prod.eu-west"]) in events
