"""How often Pulumi's CLI is called: a run is one call a stack, its plan another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from regionctl.engine import find
from tests.cli.holding import Holding, fleet
from tests.remote.conftest import Bucket

__all__ = ["fleet"]

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

STACKS = 5  # auth, three regions, the edge
Count = Callable[[], list[str]]


@pytest.fixture
def count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Count:
    """The calls since it was last asked, but those that ask a CLI which version it is."""
    cli = find()
    assert cli is not None
    calls, script = tmp_path / "calls", tmp_path / "pulumi"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{calls}"\nexec "{cli.path}" "$@"\n')
    script.chmod(0o700)
    monkeypatch.setenv("REGIONCTL_PULUMI", str(script))

    def counted() -> list[str]:
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return [line for line in lines if line != "version"]

    return counted


def test_up_of_three_regions_calls_the_cli_twice_a_stack(fleet: Holding, count: Count) -> None:
    made = fleet.run("up", "--all", "--yes")
    assert made.code == 0, made.err
    assert len(said := count()) <= 2 * STACKS, said
    assert "nothing to do" in fleet.run("up", "--all", "--yes").out
    assert len(said := count()) <= STACKS, said


@pytest.mark.parametrize("bucket", ["s3"], indirect=True)
def test_with_a_state_in_a_bucket_up_calls_the_cli_twice_a_stack_once_the_stacks_are_made(
    fleet: Holding, count: Count, bucket: Bucket
) -> None:
    (fleet.root / "stacks").mkdir()
    state = ("--state", bucket.url)
    planned = fleet.run(*state, "diff", "--all")
    assert planned.code == 0, planned.err
    assert len(said := count()) <= STACKS + 1, said
    assert bucket.objects() == {}

    made = fleet.run(*state, "up", "--all", "--yes")
    assert made.code == 0, made.err
    said = count()
    assert sum("stack init" in line for line in said) == STACKS  # once in the life of a stack
    assert sum("stack ls" in line for line in said) == 1  # which of them are there
    assert len(said) <= 3 * STACKS + 1, said

    assert "nothing to do" in fleet.run(*state, "diff", "--all").out
    assert len(said := count()) <= 2 * STACKS, said
    specs = fleet.file("prod/fleet.yaml")
    specs.write_text(specs.read_text().replace("backups_kept: 30", "backups_kept: 31").replace("3000 #", "3001 #"))
    changed = fleet.run(*state, "up", "--all", "--yes")
    assert changed.code == 0, changed.err
    said = count()
    assert sum("up --yes" in line for line in said) == STACKS
    assert len(said) <= 2 * STACKS, said
