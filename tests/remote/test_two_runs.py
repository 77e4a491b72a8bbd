"""Two runs on a state in a bucket, and a run that was killed: the lock holds, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from regionctl.engine import Plan, RunOptions
from regionctl.model.errors import StackLocked
from tests.engine.conftest import plan_of, program
from tests.engine.holding import descendants
from tests.engine.test_killed import wait_for_end
from tests.engine.toy import Thing
from tests.remote.conftest import Remote

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds child processes in /proc"),
]


def hanging() -> None:
    first = Thing("first", 1)
    Thing("second", first.path, fault="hang")


def whole() -> None:
    first = Thing("first", 1)
    Thing("second", first.path)


@contextlib.contextmanager
def running(remote: Remote) -> Iterator[int]:
    """An apply in a process of its own, which hangs in the create of `second`; its process id."""
    os.mkfifo(remote.folder / "hanging")
    pid = os.fork()
    if pid == 0:
        try:
            remote.engine.apply([program(hanging)])
        finally:
            os._exit(0)
    (remote.folder / "hanging").open().close()  # blocks until the create opens it
    try:
        yield pid
    finally:
        release(remote)
        os.waitpid(pid, 0)


def release(remote: Remote) -> None:
    (remote.folder / "release").touch()


def locked(remote: Remote) -> StackLocked:
    result = remote.engine.apply([program(whole)])["test.one"]
    error = result.error if isinstance(result, Plan) else result
    assert isinstance(error, StackLocked), error
    return error


def test_a_second_run_ends_with_exit_code_3_names_who_holds_the_lock_and_loses_nothing(remote: Remote) -> None:
    with running(remote):
        refused = locked(remote)
        (holder,) = remote.engine.locks(program(whole))
    assert refused.exit_code == 3
    assert str(holder) == refused.holder
    assert "(pid " in refused.holder
    assert not holder.stale
    assert "state unlock one" in str(refused)
    assert {resource.name for resource in remote.engine.state(program(whole)).resources} == {"first", "second"}
    assert remote.engine.locks(program(whole)) == ()


def test_a_second_run_waits_as_long_as_it_may(remote: Remote) -> None:
    with running(remote):
        threading.Timer(1, release, (remote,)).start()
        done = plan_of(remote.engine.apply([program(whole)], RunOptions(lock_timeout_s=120)), "test.one")
    assert done.error is None
    assert {resource.name for resource in remote.engine.state(program(whole)).resources} == {"first", "second"}


def test_the_lock_of_a_killed_run_is_freed_by_hand_and_the_run_is_taken_up(remote: Remote) -> None:
    with running(remote) as pid:
        victims = [*descendants(pid), pid]
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        for victim in victims[:-1]:
            wait_for_end(victim)
    refused = locked(remote)  # from here nobody can see whether its holder lives
    assert remote.engine.locks(program(whole))
    assert "state unlock one" in str(refused)

    remote.engine.cancel(program(whole))
    (interrupted,) = remote.engine.state(program(whole)).pending
    assert interrupted.resource.name == "second"
    remote.cloud.put("second/", "{}")  # the cloud went on with what it was asked for
    done = plan_of(remote.engine.apply([program(whole)]), "test.one")
    assert done.error is None, done.error
    assert remote.cloud.ids() == ["first/", "second/"]
    assert remote.engine.state(program(whole)).pending == ()
    assert plan_of(remote.engine.plan([program(whole)]), "test.one").changes == ()
