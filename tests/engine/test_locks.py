"""Two runs never change a stack at once, and what a killed one leaves behind is passed only where it is proven gone."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from regionctl.engine import Plan, RunOptions
from regionctl.model.errors import RegionctlError, StackLocked
from tests.engine.conftest import Toy, program
from tests.engine.holding import applying_slowly, kill, processes_of, release, slow
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds child processes in /proc")


def quick() -> None:
    Thing("only")


def error_of(result: Plan | RegionctlError) -> RegionctlError | None:
    return result.error if isinstance(result, Plan) else result


def apply(toy: Toy, options: RunOptions | None = None) -> RegionctlError | None:
    return error_of(toy.engine.apply([program(quick)], options or RunOptions())["test.one"])


def lock_folder(toy: Toy) -> Path:
    folder = toy.engine.workspace.lock_dir(program(quick))
    assert folder is not None
    return folder


def lock_of_plain_pulumi(toy: Toy, *, pid: int, since: datetime | None = None) -> Path:
    """As Pulumi's file backend writes it, of a process of this host, as far as its name goes."""
    holder = {
        "pid": pid,
        "username": "ada",
        "hostname": socket.gethostname(),
        "timestamp": (since or datetime.now(UTC)).isoformat(),
    }
    file = lock_folder(toy) / f"{uuid4()}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(holder))
    return file


def a_pid_of_nobody() -> int:
    ended = subprocess.Popen(["true"])
    ended.wait()
    return ended.pid


@pytest.mark.parametrize("age", [timedelta(), timedelta(days=-400), timedelta(days=400)])
@pytest.mark.parametrize("pid", ["of nobody here", "of init"])
def test_a_lock_of_pulumis_that_no_run_of_ours_made_is_honoured_whatever_its_pid_and_age(
    toy: Toy, age: timedelta, pid: str
) -> None:
    """It may be of a container with the same host name, whose pids are its own."""
    file = lock_of_plain_pulumi(toy, pid=1 if pid == "of init" else a_pid_of_nobody(), since=datetime.now(UTC) + age)
    assert isinstance(apply(toy), StackLocked)
    assert file.exists()
    assert not toy.engine.workspace.config_file("test.one").exists()  # not even begun


def test_a_run_in_another_pid_namespace_with_the_same_host_name_is_not_taken_for_gone(toy: Toy) -> None:
    apart = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make a PID namespace here")
    with applying_slowly(toy, under=apart):
        refused = apply(toy)
        release(toy)
        waited = apply(toy, RunOptions(lock_timeout_s=120))
    assert isinstance(refused, StackLocked)
    assert waited is None
    assert [r.name for r in toy.engine.state(program(quick)).resources] == ["only"]


@needs_proc
def test_a_step_of_the_clock_makes_no_lock_stale(toy: Toy) -> None:
    with applying_slowly(toy):
        (file,) = lock_folder(toy).glob("*.json")
        held = json.loads(file.read_text())
        file.write_text(json.dumps({**held, "timestamp": "1999-12-31T23:59:59Z"}))
        (lock,) = toy.engine.locks(program(quick))
        refused = apply(toy)
    assert not lock.stale
    assert isinstance(refused, StackLocked)
    assert f"pid {held['pid']}" in refused.holder


@needs_proc
def test_where_only_our_processes_are_killed_their_cli_keeps_the_lock_to_its_end(toy: Toy) -> None:
    with applying_slowly(toy) as run:
        ours, cli = processes_of(run)
        os.kill(cli, signal.SIGSTOP)  # it would end at its next word, which nobody hears any more
        kill(*ours)
        refused = apply(toy)
        kill(cli)
    assert isinstance(refused, StackLocked)
    assert f"pid {cli}" in refused.holder
    assert apply(toy) is None


@needs_proc
def test_where_only_the_cli_is_killed_the_next_run_goes_on(toy: Toy) -> None:
    with applying_slowly(toy) as run:
        _, cli = processes_of(run)
        kill(cli)
    assert run.returncode == 0  # it told of it
    assert list(lock_folder(toy).glob("*.json")) != []
    assert apply(toy) is None
    assert toy.engine.locks(program(quick)) == ()


@needs_proc
def test_the_lock_of_a_run_of_which_nothing_is_left_is_removed_and_that_is_told(toy: Toy) -> None:
    with applying_slowly(toy) as run:
        ours, cli = processes_of(run)
        kill(*ours, cli)
        (lock,) = toy.engine.locks(program(quick))
    assert lock.stale
    plan = toy.up(quick)
    assert plan.error is None
    assert any("left behind" in said.message for said in plan.diagnostics)
    assert toy.engine.locks(program(quick)) == ()


@needs_proc
def test_after_another_boot_or_on_another_machine_a_note_proves_nothing(toy: Toy) -> None:
    with applying_slowly(toy) as run:
        ours, cli = processes_of(run)
        kill(*ours, cli)
    note = toy.engine.workspace.run_lock(program(slow))
    note.write_text(json.dumps({**json.loads(note.read_text()), "machine": "another boot"}))
    (lock,) = toy.engine.locks(program(quick))
    assert not lock.stale
    assert isinstance(apply(toy), StackLocked)


@needs_proc
def test_the_lock_of_a_run_that_lives_cannot_be_taken_from_it(toy: Toy) -> None:
    with applying_slowly(toy) as run:
        ours, _ = processes_of(run)
        before = list(lock_folder(toy).iterdir())
        with pytest.raises(RegionctlError, match=f"pid {ours[0]}"):
            toy.engine.cancel(program(quick))
        assert list(lock_folder(toy).iterdir()) == before


def test_on_a_file_system_without_file_locks_pulumis_own_lock_is_all_and_is_never_stale(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_handle: int, _kind: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    plan = toy.up(quick)
    assert plan.error is None
    assert any("knows no file locks" in said.message for said in plan.diagnostics)
    lock_of_plain_pulumi(toy, pid=a_pid_of_nobody())
    assert isinstance(apply(toy), StackLocked)
