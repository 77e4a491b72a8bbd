"""A checkout that cannot be written: one line, what to do, and `doctor` says the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]

pytestmark = pytest.mark.engine  # Pulumi's CLI must be there


@pytest.fixture
def closed(fleet: Holding) -> Holding:
    """The same, on a file system that is mounted for reading only."""
    private = ["unshare", "-m", "true"]
    if subprocess.run(private, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system here")
    return fleet


def inside(fleet: Holding, *args: str, state: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a mount namespace of its own, in which the checkout is read-only."""
    words = ["-m", "cli.app", *(["--state", str(state)] if state else []), *args]
    script = 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$0" "$@"'
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", script, sys.executable, *words],
        cwd=fleet.root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "args", [("diff", "eu-west"), ("up", "eu-west", "--yes"), ("secrets", "rotate", "eu-west", "session-key", "--yes")]
)
def test_what_must_write_says_in_one_line_where_it_cannot_and_what_to_give(
    closed: Holding, args: tuple[str, ...]
) -> None:
    said = inside(closed, *args)
    (error,) = [line for line in said.stderr.splitlines() if line.startswith("Error:")]
    assert said.returncode == 1
    assert "the state cannot be written here" in error
    assert ".regionctl" in error
    assert "--state DIR" in error


def test_doctor_says_so_too(closed: Holding) -> None:
    said = inside(closed, "doctor")
    assert said.returncode != 0
    assert "cannot be written" in said.stdout + said.stderr
    assert "--state DIR" in said.stdout + said.stderr


def test_with_a_state_elsewhere_it_works(closed: Holding, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    said = inside(closed, "diff", "auth", state=elsewhere)
    assert said.returncode == 0, said.stderr
