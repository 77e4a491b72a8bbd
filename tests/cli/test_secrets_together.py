"""Many who set secrets at once: each value is kept. The real CLI runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from regionctl.engine import Engine, Workspace
from regionctl.engine.cli.locate import find
from regions.load import load_fleet
from stacks.programs import programs
from tests.cli.holding import SHIPPED, Holding, fleet

__all__ = ["fleet"]

pytestmark = pytest.mark.engine


def started(fleet: Holding, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cli.app", *args],
        cwd=fleet.root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_twelve_who_set_and_rotate_secrets_of_a_stack_at_once_lose_nothing(fleet: Holding) -> None:
    table = programs(load_fleet(SHIPPED, "prod"))
    stack = table["prod.eu-west"]
    text = [key for key, slot in stack.secrets.items() if slot.partner is None and slot.format == "text"]
    provided = [key for key in text if stack.secrets[key].kind == "provided"]
    generated = [key for key in text if stack.secrets[key].kind == "generated"]
    jobs: dict[str, subprocess.Popen[str]] = {}
    for key in provided:
        jobs[key] = started(fleet, "secrets", "set", "eu-west", key)
    for key in generated:
        jobs[key] = started(fleet, "secrets", "rotate", "eu-west", key, "--yes")
    others = [started(fleet, "diff", "eu-west", "-q") for _ in range(12 - len(jobs))]
    for key, job in jobs.items():
        _, said = job.communicate(f"of-{key}\n" if key in provided else None)
        assert job.returncode == 0, said
    for job in others:
        _, said = job.communicate()
        assert job.returncode == 0, said
    engine = Engine(workspace=Workspace.default(fleet.root), cli=find())
    for key in provided:
        assert engine.show_secret(stack, key) == f"of-{key}"
    assert engine.missing_secrets(stack) == ()
