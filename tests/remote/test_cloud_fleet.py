"""A cloud fleet as a company has it: the state in a bucket, secrets under a KMS key, both said in fleet.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.fleets import CloudFleet, cloud_fleet
from tests.remote.servers import Server

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

NOTHING = "nothing to do"
LOCK = ".pulumi/locks/organization/regionctl/staging.auth/7d6c0f5e-0000-4000-8000-000000000000.json"
HELD = '{"pid": 4711, "username": "ana", "hostname": "her-laptop", "timestamp": "2026-11-27T10:00:00Z"}'
LOCKED = 3


@pytest.fixture(scope="module")
def fleet(aws: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudFleet]:
    """Its auth stack is applied."""
    with (
        pytest.MonkeyPatch.context() as patch,
        cloud_fleet(tmp_path_factory.mktemp("cloud"), "staging", organisation=True) as fleet,
    ):
        for name, value in aws.environment.items():
            patch.setenv(name, value)
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.delenv("PULUMI_CONFIG_PASSPHRASE")
        provider = f"awskms:///{aws.key()}?region=us-east-1"
        state = f'state:\n  backend: "{aws.bucket("acme-state")}"\n  secrets_provider: "{provider}"\n'
        fleet.file.write_text(f"{fleet.file.read_text()}\n{state}")
        fleet.does("secrets", "set", "auth", "smtp-password", typed="mail-auth")
        fleet.does("up", "auth", "--yes")
        yield fleet


def test_it_is_applied_once_and_then_there_is_nothing_to_do(fleet: CloudFleet) -> None:
    assert NOTHING in fleet.does("diff", "auth", "--detailed-exitcode").out
    assert "succeeded" in fleet.does("history", "auth").out
    assert NOTHING in fleet.does("refresh", "auth", "--yes").out
    assert "projects/" in fleet.does("outputs", "auth").out
    config = (fleet.root / "stacks" / "Pulumi.staging.auth.yaml").read_text()
    assert "encryptedkey:" in config
    assert "encryptionsalt:" not in config
    assert not (fleet.root / ".regionctl" / "passphrase").exists()


def test_status_and_list_say_what_is_there(fleet: CloudFleet) -> None:
    fleet.does("drift", "auth")
    rows = {row["stack"]: row for row in fleet.does("--json", "status").json["stacks"]}
    assert rows["staging.auth"]["resources"] > 50
    assert rows["staging.auth"]["drift"] is not None
    assert "staging" in fleet.does("list").out


def test_a_secret_is_set_rotated_shown_and_applied_by_a_saved_plan(fleet: CloudFleet) -> None:
    before = fleet.does("secrets", "show", "auth", "edge-token", "--yes").out
    fleet.does("secrets", "rotate", "auth", "edge-token", "--yes")
    after = fleet.does("secrets", "show", "auth", "edge-token", "--yes").out
    assert after != before
    assert "edge-token" in fleet.does("secrets", "list").out
    file = str(fleet.root / "plan.json")
    assert "edge-token" in fleet.does("diff", "auth", "--out", file).out
    assert after.strip() not in Path(file).read_text()
    assert "1 replaced" in fleet.does("up", "--plan", file, "--yes").out
    again = fleet.run("up", "--plan", file, "--yes")
    assert (again.code, "make a new plan" in again.err) == (1, True)


def test_the_state_is_looked_at_taken_out_and_put_back(fleet: CloudFleet) -> None:
    assert "sql.DatabaseInstance" in fleet.does("state", "list", "auth").out
    assert "database-instance" in fleet.does("state", "show", "auth", "database-instance").out
    exported = fleet.does("state", "export", "auth").out
    assert json.loads(exported)["deployment"]["resources"]
    file = fleet.root / "state.json"
    file.write_text(exported)
    fleet.does("state", "import", "auth", str(file), "--yes")
    fleet.does("state", "repair", "auth", "--yes")
    assert NOTHING in fleet.does("diff", "auth").out


def test_who_holds_the_lock_is_named_and_it_goes_only_by_hand(fleet: CloudFleet, aws: Server) -> None:
    assert "staging.auth is not locked" in fleet.does("state", "unlock", "auth", "--yes").err
    aws.put("acme-state", LOCK, HELD.encode())
    fleet.replace("signing_key: a", "signing_key: b")
    refused = fleet.run("up", "auth", "--yes")
    assert refused.code == LOCKED
    assert "staging.auth is locked by ana@her-laptop (pid 4711, since 2026-11-27 10:00:00 UTC)" in refused.err
    assert "state unlock auth" in refused.err
    fleet.does("state", "unlock", "auth", "--yes")
    assert LOCK not in aws.objects("acme-state")
    fleet.does("up", "auth", "--yes")


def test_the_doctor_asks_the_bucket(fleet: CloudFleet) -> None:
    findings = [one for one in fleet.run("--json", "doctor").json["findings"] if one["subject"] == "state"]
    assert re.search(r"s3://acme-state\?.* answers, with 1 of 4 stacks", findings[-1]["what"])
    missing = fleet.run("--state", fleet_state(fleet).replace("acme-state", "no-state"), "--json", "doctor")
    (problem,) = [one for one in missing.json["findings"] if (one["subject"], one["level"]) == ("state", "problem")]
    assert "s3://no-state" in problem["what"]
    assert "NoSuchBucket" in problem["what"]


def fleet_state(fleet: CloudFleet) -> str:
    found = re.search(r'backend: "(.*)"', fleet.file.read_text())
    assert found
    return found[1]


def test_nothing_secret_is_in_the_bucket_in_plain_text(fleet: CloudFleet, aws: Server) -> None:
    value = fleet.does("secrets", "show", "auth", "database-password", "--yes").out.strip().encode()
    assert not [name for name, content in aws.objects("acme-state").items() if value in content]


def test_it_is_taken_down(fleet: CloudFleet) -> None:
    down = fleet.run("down", "auth", "--unprotect", typed="auth\n", terminal=True)
    assert down.code == 0, down.err
    assert fleet.does("--json", "status").json["stacks"][0]["resources"] == 0
