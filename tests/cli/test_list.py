"""`regionctl list` and `doctor`: what is known without an engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.holding import PROJECT, Holding, fleet, resource

__all__ = ["fleet"]


def applied(fleet: Holding, stack: str, *, result: str = "succeeded", kind: str = "update") -> None:
    folder = fleet.state / "history" / PROJECT / stack
    folder.mkdir(parents=True, exist_ok=True)
    entry = {"kind": kind, "result": result, "startTime": 1_795_000_000, "endTime": 1_795_000_060}
    (folder / f"{stack}-1795000000000000000.history.json").write_text(json.dumps(entry))


def row(document: Any, stack: str) -> Any:
    stacks = [row for fleet in document["fleets"] for row in fleet["stacks"]]
    return next(row for row in stacks if row["stack"] == stack)


def test_every_stack_of_every_fleet_has_a_row(fleet: Holding) -> None:
    said = fleet.run("list")
    assert said.code == 0
    for words in ("prod     eu-west", "staging  us-east", "prod     auth"):
        assert words in said.out


def test_a_stack_that_was_never_applied_says_so(fleet: Holding) -> None:
    assert row(fleet.run("--json", "list").json, "prod.eu-west")["resources"] == 0
    assert "never" in fleet.run("list").out


def test_resources_and_last_apply_come_from_the_state(fleet: Holding) -> None:
    fleet.hold("prod.eu-west", [resource("gcp:kms/keyRing:KeyRing", "keys-ring")])
    applied(fleet, "prod.eu-west")
    found = row(fleet.run("--json", "list").json, "prod.eu-west")
    assert found["resources"] == 1
    assert found["lastApply"] == {"kind": "update", "result": "succeeded", "ended": "2026-11-18T11:07:40+00:00"}
    assert found["lifecycle"] == "active"


def test_a_refresh_is_no_apply(fleet: Holding) -> None:
    applied(fleet, "prod.eu-west", kind="refresh")
    assert row(fleet.run("--json", "list").json, "prod.eu-west")["lastApply"] is None


@pytest.mark.parametrize(
    "damaged",
    [
        "[" * 100_000,
        "[]",
        '{"kind": "update", "result": "x", "endTime": 1e300}',
        '{"endTime": 1, "kind": [], "result": 1}',
        '{"endTime": 1, "kind": "update", "result": "x", "message": {}}',
    ],
)
def test_a_damaged_history_is_passed_over(fleet: Holding, damaged: str) -> None:
    applied(fleet, "prod.eu-west")
    newer = fleet.state / "history" / PROJECT / "prod.eu-west" / "prod.eu-west-1795000000000000001.history.json"
    newer.write_text(damaged)
    assert row(fleet.run("--json", "list").json, "prod.eu-west")["lastApply"]["result"] == "succeeded"


def test_a_damaged_state_is_named_and_the_others_are_listed(fleet: Holding) -> None:
    fleet.hold("prod.eu-west")
    fleet.checkpoint("prod.eu-west").write_text("{")
    document = fleet.run("--json", "list").json
    assert row(document, "prod.eu-west")["damaged"]
    assert not row(document, "prod.us-east")["damaged"]


def test_a_broken_fleet_is_told_and_the_others_are_listed(fleet: Holding) -> None:
    fleet.file("prod/eu-west.yaml").write_text("a: [")
    said = fleet.run("list")
    assert said.code == 1
    assert "regions/prod/eu-west.yaml:" in said.err
    assert "staging  us-east" in said.out


def test_a_folder_without_fleets_is_told(fleet: Holding) -> None:
    said = fleet.run("--regions", "elsewhere", "list")
    assert said.code == 1
    assert "--regions" in said.err


def findings(fleet: Holding, subject: str) -> list[Any]:
    found = fleet.run("--json", "doctor").json["findings"]
    return [one for one in found if one["subject"] == subject]


def test_the_doctor_changes_nothing(fleet: Holding) -> None:
    fleet.run("doctor")
    assert not (fleet.root / ".regionctl").exists()


def test_the_doctor_finds_nothing_wrong_with_a_fresh_fleet(fleet: Holding) -> None:
    assert [one["level"] for one in findings(fleet, "fleet prod")] == ["ok"]
    assert [one["level"] for one in findings(fleet, "state")] == ["ok"]


def test_a_missing_cli_is_a_problem_with_the_way_to_mend_it(fleet: Holding) -> None:
    fleet.with_services(find_cli=lambda: None)
    assert fleet.run("doctor").code == 1
    (found,) = findings(fleet, "Pulumi's CLI")
    assert (found["level"], found["mend"]) == ("problem", "run: regionctl engine install")


def test_a_state_that_others_can_read_is_a_problem(fleet: Holding) -> None:
    fleet.hold("prod.eu-west")
    (fleet.root / ".regionctl").chmod(0o755)
    (found,) = findings(fleet, "state")
    assert found["level"] == "problem"
    assert "chmod -R go-rwx" in found["mend"]


def test_a_damaged_state_is_a_problem_with_its_repair(fleet: Holding) -> None:
    fleet.hold("prod.eu-west")
    fleet.checkpoint("prod.eu-west").write_text("{")
    (found,) = findings(fleet, "prod.eu-west")
    assert found["level"] == "problem"
    assert "regionctl state repair eu-west" in found["mend"]


def test_a_lost_passphrase_of_a_stack_is_a_problem(fleet: Holding) -> None:
    fleet.hold("prod.eu-west")
    (found,) = findings(fleet, "passphrase")
    assert "prod.eu-west" in found["what"]


def test_a_broken_spec_is_a_problem_that_validate_explains(fleet: Holding) -> None:
    fleet.file("prod/eu-west.yaml").write_text("a: [")
    (found,) = findings(fleet, "fleet prod")
    assert found["mend"] == "run: regionctl validate"


def test_a_cloud_fleet_needs_credentials(fleet: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(fleet.root))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(fleet.root / "gcloud"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    fleet.with_services(google="127.0.0.1")  # no test leaves this machine
    file = fleet.file("prod/fleet.yaml")
    file.write_text(file.read_text().replace("target: sandbox", "target: cloud"))
    problems = [one for one in fleet.run("--json", "doctor").json["findings"] if one["level"] == "problem"]
    assert any("gcloud auth application-default login" in one["mend"] for one in problems)
    assert any("secrets set" in one["mend"] for one in problems)
