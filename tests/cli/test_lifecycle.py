"""A region's lifecycle changes in its file, along the legal ways alone, and behind gates."""

from __future__ import annotations

import subprocess
import sys

import pytest

from regionctl.probes import Origin, ProbeResult
from tests.cli.holding import ADDRESS, Holding, fleet, resource

__all__ = ["fleet"]

CHECK_FAILED = 4
SUBNET = resource("gcp:compute/subnetwork:Subnetwork", "workloads")
DATABASE = resource("gcp:sql/databaseInstance:DatabaseInstance", "database-instance", protect=True)


class Asked:
    """A probe that answers as it is told, and says whom it was asked about."""

    def __init__(self, *, answers: bool) -> None:
        self.answers = answers
        self.origins: list[Origin] = []

    def __call__(self, origin: Origin) -> ProbeResult:
        self.origins.append(origin)
        return ProbeResult(origin=origin, answers=self.answers, said="HTTP status 200" if self.answers else "silence")


def probing(fleet: Holding, *, answers: bool) -> Asked:
    asked = Asked(answers=answers)
    fleet.with_services(probe=lambda _context: asked)
    return asked


def apply_region(fleet: Holding, region: str = "ap-south") -> None:
    outputs = {"origin_host": f"{region}.origin.app.example.com", "origin_address": ADDRESS}
    fleet.hold(f"prod.{region}", [SUBNET], outputs)


def test_activate_asks_the_origin_and_says_what_is_next(fleet: Holding) -> None:
    apply_region(fleet)
    asked = probing(fleet, answers=True)
    before = fleet.file("prod/ap-south.yaml").read_bytes()
    said = fleet.run("activate", "ap-south")
    assert said.code == 0, said.err
    assert said.out == "regions/prod/ap-south.yaml: lifecycle: planned -> active\n"
    assert "regionctl up edge" in said.err
    assert fleet.file("prod/ap-south.yaml").read_bytes() == before.replace(b"lifecycle: planned", b"lifecycle: active")
    assert asked.origins == [
        Origin(fleet="prod", region="ap-south", host="ap-south.origin.app.example.com", address=ADDRESS)
    ]


def test_a_region_whose_origin_is_silent_stays_planned(fleet: Holding) -> None:
    apply_region(fleet)
    probing(fleet, answers=False)
    before = fleet.files()
    said = fleet.run("activate", "ap-south")
    assert said.code == CHECK_FAILED
    assert "ap-south does not answer at ap-south.origin.app.example.com: silence" in said.err
    assert fleet.files() == before


def test_the_probe_is_skipped_for_a_reason_that_is_repeated(fleet: Holding) -> None:
    apply_region(fleet)
    asked = probing(fleet, answers=False)
    said = fleet.run("activate", "ap-south", "--skip-probe", "no way out of the build network")
    assert said.code == 0, said.err
    assert "no way out of the build network" in said.err
    assert not asked.origins


def test_a_region_that_was_never_applied_is_not_activated_even_without_a_probe(fleet: Holding) -> None:
    before = fleet.files()
    said = fleet.run("activate", "ap-south", "--skip-probe", "in a hurry")
    assert said.code == 1
    assert "prod.ap-south was never applied to its end; run: regionctl up ap-south" in said.err
    assert fleet.files() == before


def test_a_region_of_an_emulated_cloud_without_a_load_balancer_is_not_activated(fleet: Holding) -> None:
    apply_region(fleet)
    assert fleet.run("activate", "ap-south").code == CHECK_FAILED


def test_drain_needs_no_gate(fleet: Holding) -> None:
    said = fleet.run("--fleet", "staging", "drain", "eu-west")
    assert said.code == 0, said.err
    assert said.out == "regions/staging/eu-west.yaml: lifecycle: active -> draining\n"
    assert "regionctl --fleet staging up edge" in said.err


def test_a_drain_is_taken_back(fleet: Holding) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    apply_region(fleet, "eu-west")
    probing(fleet, answers=True)
    assert fleet.run("activate", "eu-west").code == 0
    assert "lifecycle: active" in fleet.file("prod/eu-west.yaml").read_text()


def test_close_says_all_that_is_left_to_do(fleet: Holding) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    fleet.hold_table("prod", us_east="active", eu_west="draining")
    fleet.hold("prod.eu-west", [SUBNET])
    said = fleet.run("close", "eu-west", "--json")
    assert said.code == 0, said.err
    assert said.json == {
        "version": 1,
        "kind": "lifecycle",
        "region": "eu-west",
        "file": "regions/prod/eu-west.yaml",
        "locality": {"name": "eu", "takesNew": False},
        "weight": 0,
        "changed": True,
        "before": "draining",
        "after": "closed",
        "probe": None,
        "probeSkipped": None,
        "next": ["regionctl up edge", "regionctl down eu-west", "regionctl up auth"],
    }


def test_a_region_that_the_edge_still_fills_is_not_closed(fleet: Holding) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    fleet.hold("prod.eu-west", [SUBNET])
    fleet.hold_table("prod", us_east="active", eu_west="active")
    before = fleet.files()
    said = fleet.run("close", "eu-west")
    assert said.code == CHECK_FAILED
    assert "run: regionctl up edge" in said.err
    assert fleet.files() == before


def test_a_region_that_was_taken_down_is_closed_whatever_the_edge_has(fleet: Holding) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    fleet.hold_table("prod", us_east="active", eu_west="active")
    assert fleet.run("close", "eu-west").code == 0


def test_a_region_with_data_is_not_closed(fleet: Holding) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    fleet.hold("prod.eu-west", [SUBNET, DATABASE])
    before = fleet.files()
    said = fleet.run("close", "eu-west")
    assert said.code == CHECK_FAILED
    assert "DatabaseInstance database-instance" in said.err
    assert "regionctl down eu-west --unprotect" in said.err
    assert fleet.files() == before


@pytest.mark.parametrize("stack", ["prod.eu-west", "prod.edge"])
def test_a_region_is_not_closed_on_a_state_that_cannot_be_read(fleet: Holding, stack: str) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    fleet.hold("prod.eu-west", [SUBNET])
    fleet.hold(stack)
    fleet.checkpoint(stack).write_text("{")
    before = fleet.files()
    assert fleet.run("close", "eu-west").code == 1
    assert fleet.files() == before


def test_a_region_is_not_closed_on_an_edge_that_does_not_tell_its_table(fleet: Holding) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    fleet.hold("prod.eu-west", [SUBNET])
    fleet.hold("prod.edge", [SUBNET], {"host": "app.example.com"})
    said = fleet.run("close", "eu-west")
    assert said.code == 1
    assert "does not say which regions are in its table" in said.err


@pytest.mark.parametrize(
    ("lifecycle", "command", "hint"),
    [
        ("planned", "drain", "regionctl down eu-west"),
        ("planned", "close", "then delete its file"),
        ("active", "close", "regionctl drain eu-west"),
        ("closed", "drain", "regionctl new NAME --like eu-west"),
        ("closed", "activate", "regionctl new NAME --like eu-west"),
    ],
)
def test_no_step_is_left_out(fleet: Holding, lifecycle: str, command: str, hint: str) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", lifecycle)
    before = fleet.files()
    said = fleet.run(command, "eu-west")
    assert said.code == 1
    assert f"eu-west is {lifecycle} and cannot become" in said.err
    assert hint in said.err
    assert fleet.files() == before


@pytest.mark.parametrize(("lifecycle", "command"), [("active", "activate"), ("draining", "drain"), ("closed", "close")])
def test_what_is_so_already_is_no_error(fleet: Holding, lifecycle: str, command: str) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", lifecycle)
    before = fleet.files()
    said = fleet.run(command, "eu-west")
    assert (said.code, said.out) == (0, "")
    assert f"eu-west is {lifecycle} already; nothing was changed" in said.err
    assert fleet.files() == before


def test_a_drain_that_leaves_a_locality_without_a_region_says_who_is_refused_then(fleet: Holding) -> None:
    said = fleet.run("drain", "eu-west")
    assert said.code == 0
    assert "no region of eu takes new workspaces: who signs up there is refused (region_closed)" in said.err


def test_a_drain_beside_another_region_of_the_locality_refuses_nobody(fleet: Holding) -> None:
    text = fleet.file("prod/eu-west.yaml").read_text()
    fleet.file("prod/eu-central.yaml").write_text(text.replace("10.2.0.0/16", "10.9.0.0/16"))
    said = fleet.run("--json", "drain", "eu-west")
    assert said.json["locality"] == {"name": "eu", "takesNew": True}
    assert "refused" not in said.err


def test_a_region_without_weight_is_none_that_takes_new_workspaces(fleet: Holding) -> None:
    text = fleet.file("prod/eu-west.yaml").read_text()
    fleet.file("prod/eu-west.yaml").write_text(f"{text}weight: 0\n")
    said = fleet.run("drain", "us-east")
    assert said.code == 1
    assert "us-east is the only region that takes new workspaces" in said.err


def test_the_last_active_region_is_not_drained(fleet: Holding) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    before = fleet.files()
    said = fleet.run("drain", "us-east")
    assert said.code == 1
    assert "us-east is the only region that takes new workspaces" in said.err
    assert fleet.files() == before


@pytest.mark.parametrize("command", ["activate", "drain", "close"])
def test_an_unknown_region_gets_the_nearest(fleet: Holding, command: str) -> None:
    said = fleet.run(command, "eu-wset")
    assert said.code == 1
    assert "did you mean eu-west" in said.err


def test_a_region_may_be_named_in_full(fleet: Holding) -> None:
    assert fleet.run("drain", "prod.eu-west").code == 0


def test_nothing_is_changed_while_another_region_is_broken(fleet: Holding) -> None:
    with fleet.file("prod/us-east.yaml").open("a") as file:
        file.write("cache: 5\n")
    before = fleet.files()
    assert fleet.run("drain", "eu-west").code == 1
    assert fleet.files() == before


def test_the_commands_load_no_heavy_package_for_the_sake_of_help() -> None:
    code = "import sys, cli.app; print([name for name in ('pulumi', 'pydantic', 'ruamel.yaml') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
