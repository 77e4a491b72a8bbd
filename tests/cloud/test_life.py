"""A cloud fleet from nothing to down: each command that touches one, for both fleets, with and without an organisation.

The fleets are applied once, and shared. Each test leaves its fleet as it should be, so that any of them can run alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from regions.load import load_fleet
from regions.spec import RegionSpec
from tests.cli.holding import Said
from tests.cloud.fleets import CloudFleet, cloud_fleet

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]  # a whole fleet, also on a machine that is busy

HEADER = "cloud, with attached providers in place of the real ones: cloudflare, gcp (PULUMI_DEBUG_PROVIDERS)"
CHECK_FAILED = 4
NOTHING = "nothing to do"


@dataclass(frozen=True)
class Applied:
    """A fleet that is up, and what was said on the way."""

    fleet: CloudFleet
    first: Said  # `up --all` from nothing
    resumed: Said  # what is left, once the cloud has had time: the probes are skipped, since nothing answers here

    @property
    def specs(self) -> Mapping[str, RegionSpec]:
        return load_fleet(self.fleet.root / "regions", self.fleet.name).regions

    @property
    def regions(self) -> list[str]:
        return list(self.specs)


@pytest.fixture(scope="module", params=[("prod", False), ("staging", True)], ids=["prod", "staging, organisation"])
def applied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    name, organisation = request.param
    with cloud_fleet(tmp_path_factory.mktemp(name), name, organisation=organisation) as fleet:
        fleet.provide_secrets()
        first = fleet.run("up", "--all", "--yes")
        resumed = fleet.does("up", "--resume", "--yes", "--skip-probe", "these clouds are emulated")
        yield Applied(fleet, first, resumed)


def test_it_comes_up_whole_once_the_cloud_has_had_time_for_certificates(applied: Applied) -> None:
    """The records that certificates wait for come first, so the first run ends before anybody is routed."""
    first = applied.first
    assert first.code == CHECK_FAILED, first.err
    assert first.err.splitlines()[0] == f"{applied.fleet.name}, {HEADER}"
    assert "for its records first" in first.err
    assert "does not answer" in first.err
    assert "up --resume" in first.err
    assert "not asked whether they answer" in applied.resumed.err


def test_nothing_left_this_machine_but_probes_of_origins(applied: Applied) -> None:
    """Emulated addresses are of 198.18.0.0/15, which RFC 2544 keeps for tests."""
    assert {address for address in applied.fleet.outside if not re.fullmatch(r"198\.1[89]\..*", address)} == set()


def test_a_second_diff_says_that_there_is_nothing_to_do(applied: Applied) -> None:
    said = applied.fleet.does("diff", "--all", "--detailed-exitcode")
    assert said.out.startswith(NOTHING)
    assert said.err.splitlines()[0] == f"{applied.fleet.name}, {HEADER}"


def test_nothing_drifted_and_a_refresh_changes_nothing(applied: Applied) -> None:
    drift = applied.fleet.does("--json", "drift", "--all")
    summary = drift.json["summary"]
    assert {kind: count for kind, count in summary.items() if kind != "same" and count} == {}, summary
    assert NOTHING in applied.fleet.does("refresh", "--all", "--yes").out


def test_every_question_about_it_is_answered(applied: Applied) -> None:
    fleet, region = applied.fleet, applied.regions[-1]
    assert "no errors" in fleet.does("validate").out
    assert "cloud" in fleet.does("list").out
    assert fleet.does("--json", "status").json["stacks"][0]["stack"] == f"{fleet.name}.auth"
    assert "origin_address" in fleet.does("outputs", region).out
    assert "succeeded" in fleet.does("history", region).out
    assert "sql.DatabaseInstance" in fleet.does("state", "list", region).out
    assert "sql.DatabaseInstance" in fleet.does("graph", region).out
    assert "database-instance" in fleet.does("show", region).out
    assert "cloudflare-api-token" in fleet.does("secrets", "list").out
    assert fleet.does("secrets", "show", "edge", "cloudflare-api-token", "--yes").out == "token-made-up\n"
    exported = json.loads(fleet.does("state", "export", "edge").out)
    assert "token-made-up" not in json.dumps(exported)


def test_every_proof_holds(applied: Applied) -> None:
    said = applied.fleet.run("check")
    assert said.code == 0, said.out


def test_a_rotated_secret_is_applied_by_a_saved_plan(applied: Applied) -> None:
    fleet, region, file = applied.fleet, applied.regions[-1], str(applied.fleet.root / "plan.json")
    fleet.does("secrets", "rotate", region, "session-key", "--yes")
    planned = fleet.does("diff", region, "--out", file)
    assert "secrets-session-key-version" in planned.out
    done = fleet.does("up", "--plan", file, "--yes")
    assert "1 replaced" in done.out
    assert NOTHING in fleet.does("diff", region).out


def test_a_cloudflare_token_is_replaced_without_touching_anything_else(applied: Applied) -> None:
    fleet = applied.fleet
    fleet.does("secrets", "set", "edge", "cloudflare-api-token", typed="another-one")
    planned = fleet.does("--json", "diff", "edge").json["stacks"][0]["steps"]
    changed = {step["type"] for step in planned if step["op"] in {"create", "update", "replace", "delete"}}
    assert changed == {"pulumi:providers:cloudflare"}
    fleet.does("secrets", "set", "edge", "cloudflare-api-token", typed="token-made-up")


def test_a_planned_region_has_its_records_before_it_is_activated(applied: Applied) -> None:
    planned = [name for name, spec in applied.specs.items() if spec.lifecycle == "planned"]
    for name in planned:
        assert f"activate {name}" in applied.resumed.err
    assert (planned == ["ap-south"]) is (applied.fleet.name == "prod")


def test_a_regions_life_goes_on_by_its_gates(applied: Applied) -> None:
    """Nothing answers here: what asks an origin first refuses, and nothing is written."""
    fleet = applied.fleet
    active, *_ = [name for name, spec in applied.specs.items() if spec.lifecycle == "active"]
    for name in (name for name, spec in applied.specs.items() if spec.lifecycle == "planned"):
        silent = fleet.run("activate", name)
        assert (silent.code, "does not answer" in silent.err) == (CHECK_FAILED, True)
    assert "draining" in fleet.does("drain", active).out
    early = fleet.run("close", active)
    assert (early.code, "its drain was not applied" in early.err) == (CHECK_FAILED, True)
    back = fleet.run("activate", active)
    assert (back.code, "does not answer" in back.err) == (CHECK_FAILED, True)
    assert "active" in fleet.does("activate", active, "--skip-probe", "these clouds are emulated").out
    assert NOTHING in fleet.does("diff", "edge").out


def test_a_pull_request_would_be_shown_and_applied_by_these_jobs(applied: Applied) -> None:
    waves = applied.fleet.does("--json", "ci", "matrix").json
    assert f"{applied.fleet.name}.auth" in json.dumps(waves)
    assert NOTHING in applied.fleet.does("ci", "preview", "auth").out.lower()


def test_a_bootstrap_of_what_is_up_asks_it_over_https(applied: Applied) -> None:
    said = applied.fleet.run("bootstrap", terminal=True)
    assert said.code == CHECK_FAILED, said.err
    assert "Network is unreachable" in said.out


def test_a_diff_says_what_the_zones_plan_does_not_have(applied: Applied) -> None:
    fleet = applied.fleet
    before = fleet.file.read_text()
    fleet.replace("  plan: enterprise", "  sign_in_paths: [/auth/sign-in]\n  plan: free")
    said = fleet.does("diff", "edge")
    fleet.file.write_text(before)
    assert "no limit of requests" in said.err
    assert "firewall-managed" in said.out


def test_emulated_clouds_are_no_business_of_a_cloud_fleet(applied: Applied) -> None:
    said = applied.fleet.run("sandbox", "status")
    assert (said.code, "lives in the real clouds" in said.err) == (1, True)


def test_it_goes_down_region_by_region_and_then_whole(applied: Applied) -> None:
    fleet, regions = applied.fleet, applied.regions
    active = [name for name, spec in applied.specs.items() if spec.lifecycle == "active"]
    refused = fleet.run("down", active[0], "--unprotect", "--yes")
    assert (refused.code, f"drain {active[0]}" in refused.err) == (1, True)
    fleet.does("down", "edge", "--yes")
    unnamed = fleet.run("down", "--all", "--unprotect", "--yes")
    assert unnamed.code == 1
    assert "nothing was typed" in unnamed.err
    names = "\n".join([*regions, "auth"])
    fleet.does("down", "--all", "--unprotect", "--yes", typed=f"{names}\n")
    held = {row["stack"]: row["resources"] for row in fleet.does("--json", "status").json["stacks"]}
    assert set(held.values()) == {0}
