"""`status` tells what runs beside what the specs say, and why the two differ."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from regionctl.engine import Workspace
from regionctl.engine.state.notes import Drift, record_drift
from regions.load import load_fleet
from tests.cli.holding import PROJECT, Holding, fleet, resource

__all__ = ["fleet"]

OLD = "sha256:" + "ab" * 32
APPLIED_S = 1_795_500_000


def service(workload: str, digest: str) -> dict[str, Any]:
    image = f"us-docker.pkg.dev/acme-releases/product/{workload}@{digest}"
    template = {"containers": [{"image": image, "name": "main"}, {"image": "us-docker.pkg.dev/proxy:latest"}]}
    return resource("gcp:cloudrunv2/service:Service", workload, template=template)


def history(fleet: Holding, stack: str, *entries: dict[str, Any]) -> None:
    folder = fleet.state / "history" / PROJECT / stack
    folder.mkdir(parents=True, exist_ok=True)
    for number, entry in enumerate(entries):
        whole = {"kind": "update", "result": "succeeded", "endTime": APPLIED_S, "message": "", **entry}
        (folder / f"{stack}-{number}.history.json").write_text(json.dumps(whole))


def saw_drift(fleet: Holding, stack: str, *resources: str, at_s: int = APPLIED_S + 60) -> None:
    seen = datetime.fromtimestamp(at_s, UTC)
    record_drift(Workspace.default(fleet.root), stack, Drift(seen=seen, by="a@b", resources=resources, read=False))


def stacks(fleet: Holding) -> dict[str, Any]:
    said = fleet.run("status", "--json")
    assert said.code == 0, said.err
    assert said.json["kind"] == "status"
    return {one["stack"]: one for one in said.json["stacks"]}


def line(fleet: Holding, stack: str) -> str:
    said = fleet.run("status")
    assert said.code == 0, said.err
    return next(text for text in said.out.splitlines() if text.split()[0] == stack)


def test_a_fleet_that_was_never_applied_has_a_row_a_stack(fleet: Holding) -> None:
    found = stacks(fleet)
    assert list(found) == ["prod.auth", "prod.ap-south", "prod.eu-west", "prod.us-east", "prod.edge"]
    assert all(one["resources"] == 0 and one["lastApply"] is None and one["drift"] is None for one in found.values())
    assert line(fleet, "eu-west").split()[:3] == ["eu-west", "0", "never"]
    assert "the specs" not in fleet.run("status").err


def test_what_runs_is_compared_with_the_specs(fleet: Holding) -> None:
    wanted = load_fleet(fleet.file(""), "prod").regions["eu-west"].release
    fleet.hold("prod.eu-west", [service("api", OLD), service("sync", wanted["sync"])])
    found = stacks(fleet)["prod.eu-west"]
    assert found["resources"] == 2
    assert found["release"] == {
        "deployed": {"api": OLD, "sync": wanted["sync"]},
        "specs": dict(wanted),
        "behind": ["api"],
    }
    said = fleet.run("status")
    assert f"api:abababab sync:{wanted['sync'][7:15]}" in said.out
    assert "prod.eu-west: another image than the specs' runs for api" in said.err


def test_the_last_apply_says_when_and_by_whom(fleet: Holding) -> None:
    fleet.hold("prod.eu-west", [service("api", OLD)])
    history(
        fleet,
        "prod.eu-west",
        {"message": "regionctl up by ana@laptop", "result": "failed"},
        {"kind": "refresh", "message": "regionctl refresh by ben@laptop"},
    )
    assert stacks(fleet)["prod.eu-west"]["lastApply"] == {
        "kind": "update",
        "result": "failed",
        "ended": datetime.fromtimestamp(APPLIED_S, UTC).isoformat(),
        "by": "ana@laptop",
    }
    assert "failed  ana@laptop" in line(fleet, "eu-west")


@pytest.mark.parametrize("message", ["", "Add a bucket", "regionctl up by", None])
def test_an_apply_that_nobody_signed_has_no_author(fleet: Holding, message: str | None) -> None:
    history(fleet, "prod.eu-west", {"message": message} if message is not None else {})
    assert stacks(fleet)["prod.eu-west"]["lastApply"]["by"] is None


def test_drift_is_as_it_was_last_seen(fleet: Holding) -> None:
    history(fleet, "prod.eu-west", {})
    saw_drift(fleet, "prod.eu-west", "api-service", "database-instance")
    assert stacks(fleet)["prod.eu-west"]["drift"] == {
        "seen": datetime.fromtimestamp(APPLIED_S + 60, UTC).isoformat(),
        "by": "a@b",
        "resources": ["api-service", "database-instance"],
        "read": False,
        "appliedSince": False,
    }


def test_an_apply_since_makes_drift_old_news(fleet: Holding) -> None:
    history(fleet, "prod.eu-west", {})
    saw_drift(fleet, "prod.eu-west", "api-service", at_s=APPLIED_S - 60)
    assert stacks(fleet)["prod.eu-west"]["drift"]["appliedSince"]


def test_the_table_of_the_specs_and_of_the_edge_stand_side_by_side(fleet: Holding) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    fleet.hold_table("prod", us_east="active", eu_west="active")
    tables = {name: one["table"] for name, one in stacks(fleet).items()}
    assert tables == {
        "prod.auth": None,
        "prod.edge": None,
        "prod.ap-south": {"specs": None, "applied": None, "known": True},
        "prod.eu-west": {"specs": "draining", "applied": "active", "known": True},
        "prod.us-east": {"specs": "active", "applied": "active", "known": True},
    }
    said = fleet.run("status")
    assert "prod.eu-west: the edge has it as active, the specs as draining" in said.err
    assert "prod.us-east" not in said.err


def test_a_damaged_state_is_one_row_and_not_the_end(fleet: Holding) -> None:
    fleet.hold("prod.eu-west")
    fleet.checkpoint("prod.eu-west").write_text("{")
    found = stacks(fleet)
    assert (found["prod.eu-west"]["damaged"], found["prod.eu-west"]["resources"]) == (True, None)
    assert "regionctl state repair eu-west" in fleet.run("status").err


def test_an_edge_that_cannot_be_read_is_not_taken_for_empty(fleet: Holding) -> None:
    fleet.hold("prod.edge")
    fleet.checkpoint("prod.edge").write_text("{")
    assert stacks(fleet)["prod.us-east"]["table"] == {"specs": "active", "applied": None, "known": False}
    assert line(fleet, "us-east").split()[-1] == "?"
