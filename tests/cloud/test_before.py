"""A cloud fleet of which nothing was applied yet: what is said of what it lacks, before anything is made."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.fleets import CloudFleet, cloud_fleet

PEOPLE = {"type": "authorized_user", "client_id": "made-up", "refresh_token": "made-up"}
SERVICE = {"type": "service_account", "client_email": "made-up@acme.iam.gserviceaccount.com"}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[CloudFleet]:
    with cloud_fleet(tmp_path, "staging", organisation=False, attach=False) as fleet:
        yield fleet


def doctor(fleet: CloudFleet) -> dict[str, dict[str, str]]:
    """What the doctor finds, by subject. Of two findings with one subject the worse is the later one."""
    findings = fleet.run("--json", "doctor").json["findings"]
    order = ["ok", "warning", "problem"]
    return {one["subject"]: one for one in sorted(findings, key=lambda one: order.index(one["level"]))}


def log_in(fleet: CloudFleet, document: object) -> None:
    file = fleet.root / "gcloud" / "application_default_credentials.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(document if isinstance(document, str) else json.dumps(document))


def test_the_doctor_of_a_fresh_cloud_fleet_says_all_that_is_missing(fresh: CloudFleet) -> None:
    found = doctor(fresh)
    mends = {subject: one["mend"] for subject, one in found.items() if one["level"] != "ok"}
    assert mends["secrets"] == "run: regionctl --fleet staging secrets set auth smtp-password"
    assert mends["credentials for staging.auth"] == "run: gcloud auth application-default login"
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in mends["secrets provider"]
    assert "state.backend: gs://BUCKET" in mends["backend"]
    assert "pulumi plugin install resource gcp" in mends["provider gcp"]
    assert "pulumi plugin install resource cloudflare" in mends["provider cloudflare"]
    assert "*.googleapis.com" in mends["Google Cloud"]
    assert found["Cloudflare's plan"]["level"] == "ok"
    assert all(mend for mend in mends.values())
    assert "stack configs" not in found
    assert not (fresh.root / ".regionctl").exists()


@pytest.mark.parametrize("organisation", [False, True])
def test_a_persons_credentials_want_a_quota_project(tmp_path: Path, organisation: bool) -> None:
    with cloud_fleet(tmp_path, "staging", organisation=organisation, attach=False) as fleet:
        log_in(fleet, PEOPLE)
        found = doctor(fleet)
        assert "authorized_user" in found["credentials"]["what"]
        assert found["quota project"]["level"] == ("problem" if organisation else "warning")
        fleet.replace("target: cloud", "target: cloud\nquota_project: acme-admin")
        assert doctor(fleet)["quota project"]["level"] == "ok"


def test_a_service_account_needs_no_quota_project(fresh: CloudFleet) -> None:
    log_in(fresh, SERVICE)
    assert doctor(fresh)["quota project"]["level"] == "ok"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": 1}', "\x00"])
def test_a_file_without_credentials_is_told(fresh: CloudFleet, text: str) -> None:
    log_in(fresh, text)
    assert doctor(fresh)["credentials"]["mend"] == "run: gcloud auth application-default login"


def test_what_the_zones_plan_lacks_is_a_warning(fresh: CloudFleet) -> None:
    fresh.replace("  plan: enterprise", "  sign_in_paths: [/auth/sign-in]\n  plan: free")
    assert doctor(fresh)["Cloudflare's plan"]["level"] == "warning"


def test_attached_providers_are_told_and_nothing_is_asked_for_the_real_ones(
    fresh: CloudFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "gcp:1,cloudflare:2")
    found = doctor(fresh)
    assert found["providers"]["mend"] == "for the real ones: unset PULUMI_DEBUG_PROVIDERS"
    assert {"credentials for staging.auth", "Google Cloud", "provider gcp"} & set(found) == set()
    said = fresh.run("validate", "-q")
    assert said.err.splitlines()[0].startswith("staging, cloud, with attached providers in place of the real ones")


def test_a_state_at_aws_wants_credentials_of_aws(fresh: CloudFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(fresh.root))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert "credentials of AWS" not in doctor(fresh)
    fresh.replace("target: cloud", "target: cloud\nstate:\n  backend: s3://acme-fleet-state")
    assert doctor(fresh)["credentials of AWS"]["level"] == "warning"
    monkeypatch.setenv("AWS_PROFILE", "fleet")
    assert doctor(fresh)["credentials of AWS"]["level"] == "ok"


def test_a_state_at_google_wants_credentials_though_the_providers_are_attached(
    fresh: CloudFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "gcp:1,cloudflare:2")
    assert "credentials" not in doctor(fresh)
    fresh.replace("target: cloud", "target: cloud\nstate:\n  backend: gs://acme-fleet-state")
    assert doctor(fresh)["credentials"]["level"] == "problem"


def test_stack_configs_are_to_be_committed(fresh: CloudFleet) -> None:
    config = fresh.root / "stacks" / "Pulumi.staging.auth.yaml"
    config.parent.mkdir()
    config.write_text("config:\n  gcp:project: acme\n  gcp:impersonateServiceAccount: somebody\n")
    assert "git repository" in doctor(fresh)["stack configs"]["what"]

    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@acme.example"]
        subprocess.run(["git", *who, *words], cwd=fresh.root, check=True, capture_output=True)

    git("init", "-q")
    (fresh.root / ".gitignore").write_text("stacks/Pulumi.*.yaml\n")
    found = doctor(fresh)
    assert found["stack configs"]["mend"] == "commit them: git add -f stacks/Pulumi.staging.*.yaml"
    assert "gcp:impersonateServiceAccount" in found["provider settings"]["what"]
    git("add", "-f", "stacks")
    git("commit", "-qm", "Keep them")
    assert doctor(fresh)["stack configs"]["level"] == "ok"
    config.write_text(config.read_text() + "  gcp:region: us-east1\n")
    assert doctor(fresh)["stack configs"]["level"] == "warning"


def test_the_doctor_asks_for_no_passphrase_file_of_a_cloud_fleet(fresh: CloudFleet) -> None:
    state = fresh.root / ".regionctl" / "state" / ".pulumi" / "stacks" / "regionctl" / "staging.auth.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": []}}}))
    assert "passphrase" not in doctor(fresh)


def test_a_plan_of_a_quota_project_is_in_every_stack_of_google(fresh: CloudFleet) -> None:
    from regions.load import load_fleet
    from stacks.programs import programs

    fresh.replace("target: cloud", "target: cloud\nquota_project: acme-admin")
    for program in programs(load_fleet(fresh.root / "regions", "staging")).values():
        told = {key: program.config.get(key) for key in ("gcp:userProjectOverride", "gcp:billingProject")}
        assert set(told.values()) == ({"true", "acme-admin"} if "gcp" in program.providers else {None})


@pytest.mark.engine
def test_a_state_that_nothing_mends_is_not_to_be_started_over_in_a_cloud(
    fresh: CloudFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "made-up")
    state = fresh.root / ".regionctl" / "state" / ".pulumi" / "stacks" / "regionctl" / "staging.auth.json"
    state.parent.mkdir(parents=True)
    state.write_text("{")
    said = fresh.run("state", "repair", "auth", "--yes")
    assert said.code == 1
    assert "docs/guides/adopt.md" in said.err
    assert "emulated" not in said.err


@pytest.mark.engine
def test_each_stack_is_asked_for_what_its_providers_need(fresh: CloudFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "made-up")
    fresh.does("secrets", "set", "auth", "smtp-password", typed="made-up")
    google = fresh.run("diff", "auth")
    assert (google.code, "gcloud auth application-default login" in google.err) == (1, True)
    edge = fresh.run("diff", "edge")
    assert edge.code == 1
    assert "client-certificate, client-key, cloudflare-api-token" in edge.err
    assert "gcloud" not in edge.err


@pytest.mark.engine
def test_a_provider_that_cannot_be_downloaded_is_told_with_the_command(
    fresh: CloudFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "made-up")
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "made-up")
    monkeypatch.setenv("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true")  # as a machine without a network, at once
    fresh.does("secrets", "set", "auth", "smtp-password", typed="made-up")
    said = fresh.run("diff", "auth")
    assert said.code == 1
    assert "pulumi plugin install resource gcp" in said.err.rpartition(";")[2], said.err


@pytest.mark.engine
def test_secrets_that_nobody_provided_stop_a_plan_and_are_marked_missing(
    fresh: CloudFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "made-up")
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "made-up")
    said = fresh.run("diff", "eu-west")
    assert (said.code, "smtp-password, edge-client-ca" in said.err) == (1, True)
    listed = fresh.does("secrets", "list")
    assert "missing" in next(line for line in listed.out.splitlines() if line.startswith("cloudflare-api-token"))
    assert "makes values up" not in listed.err


@pytest.mark.engine
def test_no_folder_of_a_sandbox_is_made_for_a_cloud_fleet(fresh: CloudFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "made-up")
    refused = fresh.run("diff", "edge")
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in refused.err
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "made-up")
    fresh.run("diff", "edge")
    made = {path.name for path in (fresh.root / ".regionctl").iterdir()}
    assert not {"passphrase", "home", "client"} & made


@pytest.mark.engine
@pytest.mark.parametrize(("name", "organisation"), [("staging", False), ("prod", True)])  # test_life.py has the others
def test_a_bootstrap_asks_for_the_fleets_name(tmp_path: Path, name: str, organisation: bool) -> None:
    with cloud_fleet(tmp_path, name, organisation=organisation) as fleet:
        fleet.provide_secrets()
        alone = fleet.run("bootstrap", "--yes")
        assert (alone.code, "its name is to be typed" in alone.err) == (1, True)
        other = fleet.run("bootstrap", typed="another\n", terminal=True)
        assert (other.code, "nothing was changed" in other.err) == (1, True)
        held = fleet.does("--json", "status").json["stacks"]
        assert {row["resources"] for row in held} == {0}
