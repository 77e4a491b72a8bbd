"""Whose lock it is, and whether its holder still lives."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engine.conftest import Toy, program

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not say when")


def this_process_started() -> datetime:
    boot = float(Path("/proc/uptime").read_text().split()[0])
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return datetime.now(UTC) - timedelta(seconds=boot - ticks / os.sysconf("SC_CLK_TCK"))


def is_stale(toy: Toy, since: datetime) -> bool:
    stack = program(lambda: None)
    folder = toy.engine.workspace.lock_dir(stack)
    assert folder is not None
    folder.mkdir(parents=True)
    holder = {"pid": os.getpid(), "username": "ada", "hostname": socket.gethostname(), "timestamp": since.isoformat()}
    (folder / "7d6c0f5e-0000-4000-8000-000000000000.json").write_text(json.dumps(holder))
    (lock,) = toy.engine.locks(stack)
    return lock.stale


def test_the_lock_of_a_process_that_lives_is_not_stale_however_long_it_runs(toy: Toy) -> None:
    assert not is_stale(toy, this_process_started() + timedelta(seconds=1))


def test_a_lock_is_stale_where_another_process_has_got_the_number_since(toy: Toy) -> None:
    assert is_stale(toy, this_process_started() - timedelta(minutes=1))
