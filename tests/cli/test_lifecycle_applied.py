"""A region that the real engine applied in the emulated cloud: its origin answers until something of it is gone."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from typing import Any

import pytest

from regionctl.sandbox.store import Store
from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]

REGION = "us-east"
CHECK_FAILED = 4


def regionctl(fleet: Holding, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli.app", "--fleet", "staging", *args]
    return subprocess.run(command, cwd=fleet.root, capture_output=True, text=True, check=False)


def status(fleet: Holding) -> Any:
    found = json.loads(regionctl(fleet, "status", "--json").stdout)["stacks"]
    return next(one for one in found if one["region"] == REGION)


def lose_a_service(fleet: Holding) -> None:
    data = fleet.root / ".regionctl" / "sandbox" / "staging.db"
    with contextlib.closing(Store(data)) as store, store.transaction() as clouds:
        for row in clouds.of_type("gcp:cloudrunv2/service:Service"):
            if row.name == "sync-service":
                clouds.delete(row.key)


@pytest.mark.engine
def test_a_region_is_activated_on_what_exists(fleet: Holding) -> None:
    fleet.set_lifecycle(f"staging/{REGION}.yaml", "planned")
    applied = regionctl(fleet, "up", REGION, "--yes")
    assert applied.returncode == 0, applied.stderr
    running = status(fleet)
    assert running["release"]["deployed"] == running["release"]["specs"]
    assert running["lastApply"]["by"]

    lose_a_service(fleet)
    refused = regionctl(fleet, "activate", REGION)
    assert refused.returncode == CHECK_FAILED
    assert "leads to a Cloud Run service 'sync', which does not exist" in refused.stderr

    assert regionctl(fleet, "drift", REGION).returncode == 2
    assert "sync-service" in status(fleet)["drift"]["resources"]
    assert regionctl(fleet, "up", REGION, "--refresh", "--yes").returncode == 0
    activated = regionctl(fleet, "activate", REGION)
    assert activated.returncode == 0, activated.stderr
    assert "lifecycle: planned -> active" in activated.stdout

    fleet.set_lifecycle(f"staging/{REGION}.yaml", "draining")
    closed = regionctl(fleet, "close", REGION)
    assert closed.returncode == CHECK_FAILED
    assert "DatabaseInstance" in closed.stderr
