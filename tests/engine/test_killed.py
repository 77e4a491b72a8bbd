"""kill -9 at a hundred points: whatever was running, the next apply converges."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.engine.conftest import Toy, program
from tests.engine.holding import descendants
from tests.engine.toy import Thing

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

POINTS = 100
PER_TEST = 10


def chain(value: int) -> None:
    """Four things, each needing the one before; odd values replace one of them and drop the last."""
    first = Thing("first", value)
    second = Thing("second", first.path, immutable=str(value % 2))
    third = Thing("third", second.path)
    if value % 2 == 0:
        Thing("fourth", third.path)


def killed_at(toy: Toy, value: int, point: int) -> bool:
    """Applies in a process of its own, killed with all its children at the nth event. False: it ended first."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        seen = 0

        def count(_event: object) -> None:
            nonlocal seen
            seen += 1
            if seen == point:
                victims = [*descendants(os.getpid()), os.getpid()]
                os.write(theirs, json.dumps(victims).encode())
                for victim in victims:
                    os.kill(victim, signal.SIGKILL)

        try:
            replace(toy.engine, on_event=count).apply([program(lambda: chain(value))])
        finally:
            os._exit(0)
    killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        for victim in json.loads(pipe.read() or "[]"):
            wait_for_end(victim)
    return killed


def wait_for_end(pid: int) -> None:
    """A process that got a SIGKILL lives on for a moment."""
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        assert select.select([handle], [], [], 30)[0], f"process {pid} outlived a SIGKILL"
        os.close(handle)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds child processes in /proc")
@pytest.mark.parametrize("start", range(0, POINTS, PER_TEST))
def test_an_apply_converges_after_a_kill(toy: Toy, start: int) -> None:
    kills = 0
    for number in range(start, start + PER_TEST):
        kills += killed_at(toy, number, 1 + number % 9)
        done = toy.up(partial(chain, number))
        assert done.error is None, f"point {number}: {done.error}"
        names = [identity.partition("/")[0] for identity in toy.cloud.ids()]
        expected = ["first", "fourth", "second", "third"] if number % 2 == 0 else ["first", "second", "third"]
        assert names == expected, f"point {number}: the cloud holds {names}"
        assert toy.engine.state(program(lambda: None)).pending == (), f"point {number}"
    assert kills > 0
