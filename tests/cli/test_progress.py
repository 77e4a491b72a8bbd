"""What a terminal and a log show while the engine runs. No clock of the machine, no thread: events in, text out."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cli.views.progress import Progress
from regionctl.engine import Diagnostic, Event, Op, Severity, Step, StepDone, StepFailed, StepStarted

STACK = "prod.eu-west"
TYPE = "gcp:compute/network:Network"


class Clock:
    """Time as the test says, in seconds."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def step(name: str, component: str = "network", op: Op = Op.CREATE) -> Step:
    parent = f"urn:pulumi:{STACK}::regionctl::regionctl:x:{component}::{component}"
    return Step(op=op, urn=f"urn:pulumi:{STACK}::regionctl::{TYPE}::{name}", type=TYPE, name=name, parent=parent)


def console(*, terminal: bool = False, height: int = 24) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=terminal, color_system=None, width=80, height=height), text


def log(*events: Event) -> str:
    screen, text = console()
    with Progress({STACK: [step("a"), step("b")]}, console=screen, clock=Clock()) as progress:
        for event in events:
            progress(event)
    return text.getvalue()


def frame(progress: Progress, *, height: int = 24) -> list[str]:
    """The lines that a terminal would show; the progress itself never gets one, so that no thread runs."""
    screen, text = console(height=height)
    screen.print(progress.frame())
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_without_a_terminal_each_step_that_ends_is_a_line() -> None:
    said = log(StepStarted(stack=STACK, step=step("a")), StepDone(stack=STACK, step=step("a")))
    assert said == "prod.eu-west: created compute.Network a (0.0 s)\n"


def test_a_step_that_fails_says_so() -> None:
    assert "failed to create compute.Network a" in log(StepFailed(stack=STACK, step=step("a")))


@pytest.mark.parametrize("op", [Op.SAME, Op.REPLACE])
def test_what_takes_no_time_is_no_line(op: Op) -> None:
    assert log(StepDone(stack=STACK, step=step("a", op=op))) == ""


def test_a_warning_is_told_whole_and_an_error_by_its_first_line() -> None:
    said = log(
        Diagnostic(stack=STACK, severity=Severity.WARNING, message="one\ntwo"),
        Diagnostic(stack=STACK, severity=Severity.ERROR, message="three\nfour"),
        Diagnostic(stack=STACK, severity=Severity.DEBUG, message="five"),
    )
    assert [line.rsplit(": ", 1)[1] for line in said.splitlines()] == ["one", "two", "three"]


def test_a_terminal_shows_what_runs_below_its_component_and_for_how_long() -> None:
    clock = Clock()
    progress = Progress({STACK: [step("a"), step("b"), step("k", "keys")]}, console=console()[0], clock=clock)
    progress(StepStarted(stack=STACK, step=step("a")))
    clock.now_s = 7
    heading, component, running = frame(progress)
    assert heading.startswith("prod.eu-west")
    assert heading.endswith("0/3 7 s")
    assert component.split() == ["network", "0/2"]
    assert running.split() == ["a", "create", "compute.Network", "7", "s"]


def test_a_component_that_is_done_is_only_counted() -> None:
    progress = Progress({STACK: [step("a"), step("k", "keys")]}, console=console()[0], clock=Clock())
    progress(StepDone(stack=STACK, step=step("a")))
    heading, done = frame(progress)
    assert "1/2" in heading
    assert done.strip() == "1 of 2 components done"


def test_a_component_in_which_something_failed_stays_in_sight() -> None:
    progress = Progress({STACK: [step("a"), step("b")]}, console=console()[0], clock=Clock())
    progress(StepFailed(stack=STACK, step=step("a")))
    assert ["!", "network", "1", "failed"] in [line.split() for line in frame(progress)]


def test_several_stacks_share_the_lines_of_the_terminal() -> None:
    steps = [step(f"n{index}") for index in range(30)]
    stacks = [f"prod.r{index}" for index in range(3)]
    screen, _ = console(height=24)
    progress = Progress(dict.fromkeys(stacks, steps), console=screen, clock=Clock())
    for stack in stacks:
        for one in steps:
            progress(StepStarted(stack=stack, step=one))
    lines = frame(progress)
    assert len(lines) <= 24
    assert sum("more lines" in line for line in lines) == 3


def test_a_real_terminal_is_left_clean_for_what_comes_next() -> None:
    screen, text = console(terminal=True)
    with Progress({STACK: [step("a")]}, console=screen, clock=Clock()) as progress:
        progress(StepStarted(stack=STACK, step=step("a")))
        progress(StepDone(stack=STACK, step=step("a")))
    assert text.getvalue().endswith("\x1b[2K")  # the last line that was drawn is erased
