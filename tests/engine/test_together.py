"""Two runs at the same time, and a run that the user stops."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pulumi
import pytest

from regionctl.engine import Event, Plan, RunOptions, Status, StepStarted
from regionctl.model.errors import Interrupted, RegionctlError, StackLocked
from tests.engine.conftest import Toy, plan_of, program
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine


def slow() -> None:
    """Three in a row; the one in the middle waits to be released."""
    before = Thing("before")
    during = Thing("during", before.path, fault="hang")
    Thing("after", during.path)


def quick() -> None:
    pulumi.export("nothing", 1)


def error_of(result: Plan | RegionctlError) -> RegionctlError | None:
    return result.error if isinstance(result, Plan) else result


def warnings_of(result: Plan | RegionctlError) -> list[str]:
    assert isinstance(result, Plan), result
    return [said.message for said in result.diagnostics if "interrupted while" in said.message]


def at_the_slow_one(event: Event) -> bool:
    return isinstance(event, StepStarted) and event.step.name == "during"


@contextmanager
def applying(toy: Toy) -> Iterator[None]:
    """Another process holds the stack, in the middle of an apply. It ends well once it is released."""
    reached, told = os.pipe()

    def say(event: Event) -> None:
        if at_the_slow_one(event):
            os.write(told, b"x")

    pid = os.fork()
    if pid == 0:
        try:
            tell = replace(toy.engine, on_event=say)
            plan_of(tell.apply([program(slow)]), "test.one")
        finally:
            os._exit(0)
    os.close(told)
    assert os.read(reached, 1) == b"x"
    try:
        yield
    finally:
        (toy.folder / "release").touch()
        os.waitpid(pid, 0)
        os.close(reached)


def test_a_second_apply_is_refused_while_the_first_runs(toy: Toy) -> None:
    with applying(toy):
        (holder,) = toy.engine.locks(program(slow))
        error = error_of(toy.engine.apply([program(quick)])["test.one"])
    assert not holder.stale
    assert isinstance(error, StackLocked)
    assert f"pid {holder.pid}" in error.holder
    assert "state unlock" in str(error.hint)
    assert [r.name for r in toy.engine.state(program(slow)).resources] == ["before", "during", "after"]


def test_with_a_lock_timeout_it_waits_for_the_first(toy: Toy) -> None:
    with applying(toy):
        (toy.folder / "release").touch()
        waited = toy.engine.apply([program(slow)], RunOptions(lock_timeout_s=60))["test.one"]
    assert error_of(waited) is None
    assert warnings_of(waited) == []


def test_a_diff_needs_no_lock(toy: Toy) -> None:
    with applying(toy):
        plan = toy.engine.plan([program(slow)])["test.one"]
    assert error_of(plan) is None
    assert warnings_of(plan) == []  # what the other run is at is no unfinished operation


def test_an_interrupted_run_saves_what_was_running_and_the_next_goes_on(toy: Toy) -> None:
    def stop(event: Event) -> None:
        if at_the_slow_one(event):
            os.kill(os.getpid(), signal.SIGINT)

    stopped = replace(toy.engine, on_event=stop).apply([program(slow)])["test.one"]
    assert isinstance(stopped, Plan)
    assert isinstance(stopped.error, Interrupted)
    assert stopped.error.exit_code == 130
    assert [(s.name, s.status) for s in stopped.steps] == [
        ("before", Status.DONE),
        ("during", Status.DONE),
        ("after", Status.SKIPPED),
    ]
    state = toy.engine.state(program(slow))
    assert [r.name for r in state.resources] == ["before", "during"]
    assert state.pending == ()
    assert toy.engine.locks(program(slow)) == ()
    assert error_of(toy.engine.apply([program(slow)])["test.one"]) is None
    assert toy.cloud.ids() == ["after/", "before/", "during/"]


def test_a_stack_whose_turn_has_not_come_is_not_touched_after_a_stop(toy: Toy) -> None:
    def stop(event: Event) -> None:
        if at_the_slow_one(event):
            os.kill(os.getpid(), signal.SIGINT)

    stacks = [program(slow), program(quick, "test.two")]
    results = replace(toy.engine, on_event=stop).apply(stacks, RunOptions(stacks_at_once=1))
    assert isinstance(error_of(results["test.two"]), Interrupted)
    assert not toy.engine.workspace.config_file("test.two").exists()
