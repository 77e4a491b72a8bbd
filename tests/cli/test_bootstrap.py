"""What would stop a bootstrap is told all at once, with the way to mend it, and nothing is touched."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from fleet.bootstrap.preflight import PackagesNotInstalled, check_engine, check_runtime, get_tools, preflight
from fleet.events import Event, Getting
from fleet.results import Finding, Level
from regionctl.engine import PulumiCli
from regionctl.model.errors import RegionctlError
from regionctl.model.wire import Bag
from regionctl.sandbox import clouds
from regionctl.sandbox.faults import FaultKind
from regionctl.sandbox.store import Store
from tests.cli.holding import Holding, fleet, resource

__all__ = ["fleet"]

RING = "gcp:kms/keyRing:KeyRing"
NETWORK = "gcp:compute/network:Network"


def in_the_cloud(fleet: Holding) -> None:
    file = fleet.file("staging/fleet.yaml")
    file.write_text(file.read_text().replace("target: sandbox", "target: cloud"))


def emulated(fleet: Holding) -> Path:
    """Where the emulated clouds lie."""
    folder = fleet.root / ".regionctl"
    folder.mkdir(mode=0o700)
    (folder / "sandbox").mkdir()
    return folder / "sandbox" / "staging.db"


def stopped(fleet: Holding) -> list[tuple[str, str, str]]:
    """The problems that `bootstrap staging` tells, as subject, what and mend."""
    said = fleet.run("bootstrap", "staging", "--json")
    assert said.code == 1, said.err
    found = said.json
    assert (found["kind"], found["applied"]["stacks"], found["probes"]) == ("bootstrap", [], [])
    assert not (fleet.root / ".regionctl" / "state").exists()
    return [(one["subject"], one["what"], one["mend"]) for one in found["preflight"] if one["level"] == "problem"]


def test_every_mistake_of_the_specs_is_told_beside_what_the_machine_lacks(fleet: Holding) -> None:
    file = fleet.file("staging/eu-west.yaml")
    file.write_text(file.read_text().replace("jurisdiction:", "jurisdicton:"))

    def nothing() -> None:
        raise RegionctlError("3.1.0 on the PATH is too old", hint="run: regionctl engine install")

    fleet.with_services(find_cli=nothing)
    assert stopped(fleet) == [
        ("Pulumi's CLI", "3.1.0 on the PATH is too old", "run: regionctl engine install"),
        ("specs", "regions/staging/eu-west.yaml:1:1: jurisdiction: missing", "write it"),
        ("specs", "regions/staging/eu-west.yaml:7:1: jurisdicton: unknown key", "did you mean jurisdiction?"),
    ]


def test_an_unknown_fleet_is_told_with_the_nearest(fleet: Holding) -> None:
    said = fleet.run("bootstrap", "stagin")
    assert said.code == 1
    assert "no fleet 'stagin' in regions/" in said.err
    assert "did you mean staging?" in said.err


def test_what_the_emulated_cloud_would_refuse_is_told_before(fleet: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)  # no Node, no npm
    fleet.file("staging/requests.yaml").write_text("requests:\n  one: { home: eu-wset }\n")
    data = emulated(fleet)
    with contextlib.closing(Store(data)) as store, store.transaction() as tx:
        tx.bury(RING, "projects/acme-staging-eu-west-1/locations/europe-west1/keyRings/main-1", None)
        tx.bury(RING, "projects/acme-staging-auth-1/locations/us-east1/keyRings/main-1", None)
    clouds.add_fault(data, FaultKind.QUOTA, type_="redis")
    clouds.add_fault(data, FaultKind.SLOW, type_="sql")
    ring = "cannot be used again yet"
    forget = "let the emulated clouds forget them: regionctl --fleet staging sandbox reset"
    assert stopped(fleet) == [
        (
            "requests",
            "regions/staging/requests.yaml:2:16: requests.one.home: the fleet has no region 'eu-wset'",
            "did you mean eu-west or us-east?",
        ),
        ("Node", "not installed", "install Node 20.19 or later: the deployed Worker is run with it"),
        (
            "names",
            f"staging.auth: projects/acme-staging-auth-1/locations/us-east1/keyRings/main-1 {ring}",
            f"write `generation: 2` under auth in regions/staging/fleet.yaml, or {forget}",
        ),
        (
            "names",
            f"staging.eu-west: projects/acme-staging-eu-west-1/locations/europe-west1/keyRings/main-1 {ring}",
            f"write `generation: 2` in regions/staging/eu-west.yaml, or {forget}",
        ),
        (
            "quotas",
            "the emulated cloud gives no more redis (a fault is on)",
            "run: regionctl --fleet staging sandbox faults clear",
        ),
    ]


def test_a_cloud_fleet_lacks_what_a_human_must_provide(fleet: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GOOGLE_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(fleet.root))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    fleet.with_services(google="127.0.0.1")
    in_the_cloud(fleet)
    found = stopped(fleet)
    secrets = {what: mend for subject, what, mend in found if subject == "secrets"}
    assert secrets["staging.eu-west lacks smtp-password, which must be provided"] == (
        "run: regionctl --fleet staging secrets set eu-west smtp-password"
    )
    assert "staging.edge lacks cloudflare-api-token, which must be provided" in secrets
    assert "run: gcloud auth application-default login" in [mend for _, _, mend in found]
    assert "Google Cloud" in [subject for subject, _, _ in found]


def test_a_cloud_fleet_without_an_organisation_needs_its_projects(fleet: Holding) -> None:
    fleet.with_services(google="127.0.0.1")
    in_the_cloud(fleet)
    (found,) = [one for one in findings(fleet) if one.subject == "projects"]
    assert found.level is Level.WARNING
    assert found.what == (
        "taken to exist, with billing: acme-staging-auth-1, acme-staging-eu-west-1, acme-staging-us-east-1"
    )


def findings(fleet: Holding) -> list[Finding]:
    return preflight(fleet.context("staging"))


def test_what_a_kill_left_of_a_stack_is_not_in_its_way(fleet: Holding) -> None:
    """Its names are taken by its own resources, which the next run takes over."""
    network, data = resource(NETWORK, "network"), emulated(fleet)
    for stack in ("staging.auth", "staging.us-east", "staging.edge"):
        fleet.hold(stack, [network])
    fleet.hold("staging.eu-west")
    path = "projects/acme-staging-eu-west-1/global/networks/main"
    with contextlib.closing(Store(data)) as store, store.transaction() as tx:
        tx.insert(
            type_=NETWORK,
            id_=path,
            path=path,
            name="main",
            project="acme-staging-eu-west-1",
            parent=None,
            inputs=Bag({}),
            outputs=Bag({}),
            now_s=0,
        )
    taken = [one for one in findings(fleet) if one.subject == "names"]
    assert [one.level for one in taken] == [Level.PROBLEM]
    assert taken[0].what == f"staging.eu-west: {path} is taken by what is not in its state"
    assert taken[0].mend == "delete that, or write `generation: 2` in regions/staging/eu-west.yaml"
    fleet.hold("staging.eu-west", pending=[network])
    assert [one.what for one in findings(fleet) if one.subject == "names"] == ["all are free"]


def test_a_fleet_without_sample_requests_is_told_to_have_some(fleet: Holding) -> None:
    fleet.file("staging/requests.yaml").unlink()
    for stack in ("staging.auth", "staging.us-east", "staging.eu-west", "staging.edge"):
        fleet.hold(stack, [resource(NETWORK, "network")])
    (found,) = [one for one in findings(fleet) if one.subject == "requests"]
    assert (found.level, found.what) == (Level.WARNING, "there are no sample requests to try")


def test_tools_that_are_missing_are_got_and_not_in_the_way(fleet: Holding, tmp_path: Path) -> None:
    fleet.with_services(find_cli=lambda: None)
    findings = (check_engine(fleet.context("staging")), *check_runtime(tmp_path))
    levels = {one.subject: (one.level, one.mend) for one in findings}
    assert levels["Pulumi's CLI"] == (Level.WARNING, "nothing: it is got first (regionctl engine install)")
    assert levels["workerd"] == (Level.WARNING, "nothing: it is got first (npm ci --prefix worker)")


def test_npm_that_fails_is_told_with_its_own_words(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n")
    npm.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    fleet.with_services(find_cli=lambda: PulumiCli(path=tmp_path / "pulumi", version="3"), packages=tmp_path)
    told: list[Event] = []
    with pytest.raises(PackagesNotInstalled, match="npm error code ENOTFOUND"):
        get_tools(fleet.context("staging"), told.append)
    assert [type(event) for event in told] == [Getting]


def test_nobody_takes_a_fleet_apart_without_being_asked(fleet: Holding) -> None:
    said = fleet.run("bootstrap", "staging", "--down")
    assert said.code == 1
    assert "there is no terminal to ask on; give --yes" in said.err


def test_an_active_region_of_a_cloud_fleet_is_not_taken_from_its_users(fleet: Holding) -> None:
    in_the_cloud(fleet)
    said = fleet.run("bootstrap", "staging", "--down", "--yes")
    assert said.code == 1
    assert "staging.eu-west is an active region of a cloud fleet" in said.err
