"""A stack that another run holds: exit 3, and who it is."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from regionctl.engine.state.filelock import take
from tests.cli.holding import PROJECT, Holding, fleet

__all__ = ["fleet"]

LOCKED = 3


def hold_lock(fleet: Holding, stack: str, pid: int) -> Path:
    """As Pulumi's file backend writes it."""
    folder = fleet.state / "locks" / "organization" / PROJECT / stack
    folder.mkdir(parents=True)
    holder = {
        "pid": pid,
        "username": "ada",
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }
    file = folder / "7d6c0f5e-0000-4000-8000-000000000000.json"
    file.write_text(json.dumps(holder))
    return file


def made_by_a_run_that_was_killed(fleet: Holding, stack: str, lock: Path) -> None:
    """As a run notes it that makes the stack and is gone before it lets go."""
    pid = os.fork()
    if pid == 0:
        take(fleet.root / ".regionctl" / "locks" / PROJECT / f"{stack}.config", lambda: False).saw(lock.stem)
        os._exit(0)
    os.waitpid(pid, 0)


@pytest.mark.engine
@pytest.mark.parametrize("more", [(), ("--lock-timeout", "1")], ids=["at once", "after its lock timeout"])
def test_an_up_of_a_locked_stack_ends_and_names_who_holds_it(fleet: Holding, more: tuple[str, ...]) -> None:
    hold_lock(fleet, "staging.auth", os.getpid())  # this very process: it lives
    said = fleet.run("--fleet", "staging", "up", "auth", "--yes", *more)
    assert said.code == LOCKED
    assert f"staging.auth is locked by ada@{socket.gethostname()} (pid {os.getpid()}" in said.err
    assert "regionctl --fleet staging state unlock auth" in said.err


@pytest.mark.engine
def test_the_lock_of_a_run_that_was_killed_while_it_made_the_stack_stops_nobody(fleet: Holding) -> None:
    lock = hold_lock(fleet, "staging.auth", os.getpid())
    made_by_a_run_that_was_killed(fleet, "staging.auth", lock)
    assert fleet.run("--fleet", "staging", "diff", "auth").code == 0


@pytest.mark.engine
def test_a_stack_that_plain_pulumi_is_just_making_is_told_as_locked(fleet: Holding) -> None:
    hold_lock(fleet, "staging.auth", os.getpid())
    said = fleet.run("--fleet", "staging", "diff", "auth")
    assert said.code == LOCKED
    assert "staging.auth is locked by ada@" in said.err
