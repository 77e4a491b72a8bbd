"""Every type of a region's stack is imported by Pulumi's engine, also after a kill; `undo` lets go again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from regionctl.engine import Engine, Plan, Workspace
from regionctl.sandbox.clouds import resources
from regions.load import load_fleet
from stacks.programs import programs
from tests.engine.holding import descendants

ROOT = Path(__file__).parents[2]
HALF = 60

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]


def regionctl(*args: str) -> list[str]:
    return [sys.executable, "-m", "cli.app", "--state", "state", *args]


def run(folder: Path, *args: str, code: int = 0) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(
        regionctl(*args), cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def held(folder: Path) -> list[Mapping[str, Any]]:
    """The resources in the state of us-east that a provider made."""
    path = folder / "state" / ".pulumi" / "stacks" / "regionctl" / "prod.us-east.json"
    try:
        checkpoint = json.loads(path.read_text())["checkpoint"]
    except (OSError, ValueError):  # not there yet, or just being written
        return []
    every = (checkpoint.get("latest") or {}).get("resources") or []  # a stack that was only just made has none
    return [one for one in every if one.get("custom") and not one["type"].startswith("pulumi:")]


@pytest.fixture
def clouds(tmp_path: Path) -> Path:
    """A checkout whose emulated clouds hold us-east, exported; its state knows nothing of it."""
    shutil.copytree(ROOT / "regions", tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    stacks = programs(load_fleet(tmp_path / "regions", "prod"))
    other = tmp_path / "other"
    engine = Engine(workspace=Workspace.at(other, str(other)))
    with engine.attached(stacks["prod.us-east"]) as served:
        for name in ("prod.auth", "prod.us-east"):
            result = served.apply([stacks[name]])[name]
            assert isinstance(result, Plan)
            assert result.error is None, result.error
    (tmp_path / "state").mkdir()
    shutil.copytree(other / "sandbox", tmp_path / "state" / "sandbox")
    run(tmp_path, "sandbox", "export", "export", "--format", "terraform", "--project", "acme-prod-us-east-1")
    return tmp_path


def kill_half_way(folder: Path) -> None:
    command = regionctl("adopt", "apply", "us-east", "--from", "export", "--yes")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as process:
        while len(held(folder)) < HALF:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
            assert process.poll() is None, "it ended before it was killed"
        for pid in [*descendants(process.pid), process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_a_whole_region_is_imported_after_a_kill_too_and_then_nothing_is_to_do(clouds: Path) -> None:
    data = clouds / "state" / "sandbox" / "prod.db"
    before = resources(data)
    kill_half_way(clouds)
    assert HALF <= len(held(clouds)) < 143
    said = run(clouds, "adopt", "apply", "us-east", "--yes")
    assert " 0 refused" in said
    assert len(held(clouds)) == 143
    assert all(one["protect"] for one in held(clouds))
    assert "database-user-migrate: password cannot be read from the cloud" in said
    diff = json.loads(run(clouds, "--json", "-q", "diff", "us-east"))
    changes = [(step["name"], [one["path"] for one in step["diff"]]) for step in diff["stacks"][0]["steps"]]
    assert sorted(changes) == [
        ("database-user-migrate", ["password"]),
        ("ingress-trust-config", ["trustStores[0].trustAnchors[0].pemCertificate"]),
    ]
    assert resources(data) == before
    run(clouds, "adopt", "undo", "us-east", "--yes")
    assert held(clouds) == []
    assert resources(data) == before
