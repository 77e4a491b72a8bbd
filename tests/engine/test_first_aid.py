"""Locks, damaged states, wrong passphrases: refused, and nothing is touched."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from regionctl.engine import Plan, RunOptions
from regionctl.model.errors import RegionctlError, StackLocked
from tests.engine.conftest import Toy, program
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine


def one() -> None:
    Thing("only", "canary-value")


def checkpoint(toy: Toy) -> Path:
    found = toy.engine.workspace.checkpoint(program(one))
    assert found is not None
    return found


def error_of(toy: Toy, options: RunOptions | None = None) -> RegionctlError:
    result = toy.engine.apply([program(one)], options or RunOptions())["test.one"]
    error = result.error if isinstance(result, Plan) else result
    assert error is not None
    return error


def test_a_locked_stack_names_who_holds_the_lock(toy: Toy) -> None:
    toy.up(one)
    folder = toy.engine.workspace.lock_dir(program(one))
    assert folder is not None
    folder.mkdir(parents=True, exist_ok=True)
    # This very process: it is alive, so the lock is not stale.
    held = {
        "pid": os.getpid(),
        "username": "ana",
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }
    (folder / "11111111-1111-4111-8111-111111111111.json").write_text(json.dumps(held))
    error = error_of(toy)
    assert isinstance(error, StackLocked)
    assert error.exit_code == 3
    assert "ana" in error.holder


@pytest.mark.parametrize("damage", ["truncated", "binary", "empty"])
def test_a_damaged_state_is_refused_and_left_alone(toy: Toy, damage: str) -> None:
    toy.up(one)
    toy.up(one)
    path = checkpoint(toy)
    whole = path.read_bytes()
    broken = {"truncated": whole[: len(whole) // 2], "binary": b"\x00\xff" * 50, "empty": b""}[damage]
    path.write_bytes(broken)
    error = error_of(toy)
    assert ".bak" in str(error)
    assert path.read_bytes() == broken


def test_a_wrong_passphrase_is_refused_and_the_state_left_alone(toy: Toy) -> None:
    def secretive() -> None:
        import pulumi

        pulumi.export("hidden", pulumi.Output.secret("x"))
        one()

    toy.up(secretive)
    before = checkpoint(toy).read_bytes()
    toy.engine.workspace.passphrase_file.write_text("another\n")
    error = error_of(toy)
    assert "passphrase" in str(error)
    assert checkpoint(toy).read_bytes() == before


def test_state_folders_and_files_are_private(toy: Toy) -> None:
    toy.up(one)
    state = toy.engine.workspace.state_dir
    assert state is not None
    readable = [p for p in state.rglob("*") if p.stat().st_mode & 0o077]
    assert readable == []
