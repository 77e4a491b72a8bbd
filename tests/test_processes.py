"""A process a task: results, values on the way, errors with their fields, and what happens when one dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from regionctl.model.errors import EngineError, Interrupted, Position, RegionctlError, StackLocked
from regionctl.system.processes import OnStop, Send, Task, run_forked


def work(number: int, send: Send, _on_stop: OnStop) -> int:
    send(("half", number))
    return number * 2


def lock(_send: Send, _on_stop: OnStop) -> int:
    raise StackLocked("prod.eu-west", "ana@laptop", hint="wait")


def defect(_send: Send, _on_stop: OnStop) -> int:
    raise ZeroDivisionError("by zero")


def die(_send: Send, _on_stop: OnStop) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 1


def wait_for_stop(send: Send, on_stop: OnStop) -> str:
    reading, writing = os.pipe()
    on_stop(lambda: os.close(writing))
    send("waiting")
    os.read(reading, 1)
    return "stopped"


def outcomes(tasks: Mapping[str, Task[Any]]) -> Mapping[str, Any]:
    return run_forked(tasks, lambda _: None)


@pytest.mark.parametrize("at_once", [None, 1, 3])
def test_results_come_back_by_key_and_values_on_the_way(at_once: int | None) -> None:
    heard: list[tuple[str, int]] = []
    tasks = {str(n): partial(work, n) for n in range(7)}
    assert run_forked(tasks, heard.append, at_once=at_once) == {str(n): n * 2 for n in range(7)}
    assert sorted(heard) == [("half", n) for n in range(7)]


def test_an_error_keeps_its_class_and_fields_and_stops_nobody_else() -> None:
    results = outcomes({"a": lock, "b": partial(work, 1)})
    error = results["a"]
    assert isinstance(error, StackLocked)
    assert (error.stack, error.holder, error.hint) == ("prod.eu-west", "ana@laptop", "wait")
    assert str(error) == "prod.eu-west is locked by ana@laptop; wait"
    assert results["b"] == 2


def test_a_position_travels_with_an_error() -> None:
    def fail(_send: Send, _on_stop: OnStop) -> int:
        raise RegionctlError("bad", where=Position("a.yaml", 3, 4))

    assert str(outcomes({"a": fail})["a"]) == "a.yaml:3:4: bad"


def test_a_defect_is_one_line_with_its_place() -> None:
    error = outcomes({"a": defect})["a"]
    assert isinstance(error, EngineError)
    assert "ZeroDivisionError: by zero" in error.what
    assert "test_processes.py" in str(error.where)


def test_a_process_that_dies_is_an_error_and_stops_nobody_else() -> None:
    results = outcomes({"a": die, "b": partial(work, 1)})
    assert isinstance(results["a"], EngineError)
    assert results["b"] == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_reaches_every_child_and_those_that_wait_do_not_start(number: signal.Signals) -> None:
    def stop(_value: object) -> None:
        os.kill(os.getpid(), number)

    tasks: dict[str, Task[Any]] = {"a": wait_for_stop, "b": partial(work, 1)}
    results: Mapping[str, Any] = run_forked(tasks, stop, at_once=1)
    assert results["a"] == "stopped"
    assert isinstance(results["b"], Interrupted)


def test_children_stop_when_their_parent_is_killed() -> None:
    reading, writing = os.pipe()

    def tell(send: Send, on_stop: OnStop) -> None:
        wait_for_stop(send, on_stop)
        os.write(writing, b"stopped")

    pid = os.fork()
    if pid == 0:
        try:
            run_forked({"a": tell}, lambda _: os.kill(os.getpid(), signal.SIGKILL))
        finally:
            os._exit(1)
    assert os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"stopped"
