"""A stack that another run holds: exit 3, and who it is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from datetime import UTC, datetime

import pytest

from tests.cli.holding import PROJECT, Holding, fleet

__all__ = ["fleet"]

LOCKED = 3


def hold_lock(fleet: Holding, stack: str, pid: int) -> None:
    """As Pulumi's file backend writes it."""
    folder = fleet.state / "locks" / "organization" / PROJECT / stack
    folder.mkdir(parents=True)
    holder = {
        "pid": pid,
        "username": "ada",
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }
    (folder / "7d6c0f5e-0000-4000-8000-000000000000.json").write_text(json.dumps(holder))


@pytest.mark.engine
@pytest.mark.parametrize("more", [(), ("--lock-timeout", "1")], ids=["at once", "after its lock timeout"])
def test_an_up_of_a_locked_stack_ends_and_names_who_holds_it(fleet: Holding, more: tuple[str, ...]) -> None:
    hold_lock(fleet, "staging.auth", os.getpid())  # this very process: it lives
    said = fleet.run("--fleet", "staging", "up", "auth", "--yes", *more)
    assert said.code == LOCKED
    assert f"staging.auth is locked by ada@{socket.gethostname()} (pid {os.getpid()}" in said.err
    assert "regionctl --fleet staging state unlock auth" in said.err


@pytest.mark.engine
def test_the_lock_of_a_process_that_was_killed_while_it_made_the_stack_stops_nobody(fleet: Holding) -> None:
    killed = subprocess.Popen(["true"])
    killed.wait()
    hold_lock(fleet, "staging.auth", killed.pid)
    assert fleet.run("--fleet", "staging", "diff", "auth").code == 0
