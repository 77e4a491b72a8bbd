"""The course of a bootstrap: what follows what, where it ends, and with which exit code. No engine runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fleet.context import FleetContext
from fleet.results import Finding, Probed, What
from regionctl.engine import Op, PulumiCli
from regionctl.probes import Origin, ProbeResult
from tests.cli.holding import Holding, fleet
from tests.cli.told_engine import Told, told

__all__ = ["fleet", "told"]

CHECK_FAILED = 4
REGIONS = ["staging.eu-west", "staging.us-east"]
PASSED = Probed(what=What.REQUEST, subject="one", passed=True, said="eu-west (home)")
FAILED = replace(PASSED, subject="two", passed=False, said="status 502", hint="see what differs")


class Probes:
    """What the probes will say."""

    def __init__(self) -> None:
        self.said = [PASSED]
        self.asked = 0

    def __call__(self, _context: FleetContext) -> Iterator[Probed]:
        self.asked += 1
        yield from self.said


@pytest.fixture(autouse=True)
def probes(fleet: Holding) -> Probes:
    """In place of the preflight, the tools and the probes."""
    probes = Probes()
    answers = ProbeResult(
        origin=Origin(fleet="staging", region="r", host="h", address="a"), answers=True, said="HTTP status 200"
    )
    packages = fleet.root / "node_modules"
    for name in ("workerd", "ws"):
        (packages / name).mkdir(parents=True)
        (packages / name / "package.json").touch()
    fleet.with_services(
        probe=lambda _context: lambda _origin: answers,
        preflight=lambda _context: [Finding.ok("specs", "no errors")],
        find_cli=lambda: PulumiCli(path=fleet.root / "pulumi", version="3"),
        packages=packages,
        probe_all=probes,
    )
    return probes


def in_the_cloud(fleet: Holding) -> None:
    file = fleet.file("staging/fleet.yaml")
    file.write_text(file.read_text().replace("target: sandbox", "target: cloud"))


def test_from_nothing_everything_is_made_in_order_and_then_probed(told: Told, fleet: Holding, probes: Probes) -> None:
    said = fleet.run("bootstrap", "staging")
    assert said.code == 0, said.err
    assert told.applied == [["staging.auth"], REGIONS, ["staging.edge"]]
    assert probes.asked == 1
    assert "1 probes, all passed" in said.out
    assert "test doubles, since emulated clouds run no services" in said.err


def test_the_fleet_may_be_named_as_everywhere(told: Told, fleet: Holding) -> None:
    assert fleet.run("--fleet", "staging", "bootstrap").code == 0
    assert told.applied[0] == ["staging.auth"]


def test_one_document_has_findings_plans_and_probes(told: Told, fleet: Holding, probes: Probes) -> None:
    probes.said = [PASSED, FAILED]
    said = fleet.run("bootstrap", "staging", "--json")
    assert said.code == CHECK_FAILED
    document = said.json
    assert document["preflight"] == [{"level": "ok", "subject": "specs", "what": "no errors", "mend": None}]
    assert [one["stack"] for one in document["applied"]["stacks"]] == ["staging.auth", *REGIONS, "staging.edge"]
    assert document["doubles"]
    assert document["probes"][1] == {
        "probe": "request",
        "of": "two",
        "passed": False,
        "said": "status 502",
        "hint": "see what differs",
    }


def test_a_probe_that_fails_is_told_with_what_to_do(told: Told, fleet: Holding, probes: Probes) -> None:
    probes.said = [PASSED, FAILED]
    said = fleet.run("bootstrap", "staging")
    assert said.code == CHECK_FAILED
    assert "failed  request  two  status 502" in said.out
    assert "1 of 2 probes did not pass; see what differs" in said.err


def test_a_region_that_fails_leaves_the_others_and_says_how_to_go_on(
    told: Told, fleet: Holding, probes: Probes
) -> None:
    told.failing = {"staging.eu-west"}
    said = fleet.run("bootstrap", "staging")
    assert said.code == 1
    assert told.applied == [["staging.auth"], REGIONS, ["staging.edge"]]
    assert "staging.edge: without eu-west, which did not come up" in said.err
    assert "run again: regionctl bootstrap staging" in said.err
    assert probes.asked == 0
    told.failing = set()
    assert fleet.run("bootstrap", "staging").code == 0
    assert probes.asked == 1


def test_what_exists_is_not_changed_without_being_asked(told: Told, fleet: Holding) -> None:
    told.planned_op = Op.UPDATE
    said = fleet.run("bootstrap", "staging")
    assert said.code == 1
    assert "there is no terminal to ask on; give --yes" in said.err
    assert "~  update  x.Y  y" in said.out
    assert told.applied == []
    assert fleet.run("bootstrap", "staging", "--yes").code == 0


def test_a_real_fleet_is_brought_up_after_its_name_is_typed(told: Told, fleet: Holding, probes: Probes) -> None:
    in_the_cloud(fleet)
    said = fleet.run("bootstrap", "staging", "--yes")
    assert said.code == 1
    assert "its name is to be typed" in said.err
    assert "regionctl --fleet staging up --all --yes" in said.err
    assert told.applied == []
    assert probes.asked == 0


@pytest.mark.parametrize(("typed", "applied"), [("staging", 3), ("prod", 0), ("y", 0)])
def test_only_the_fleet_s_own_name_will_do(
    told: Told, fleet: Holding, monkeypatch: pytest.MonkeyPatch, typed: str, applied: int
) -> None:
    in_the_cloud(fleet)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_args, **_options: typed)
    assert fleet.run("bootstrap", "staging").code == (0 if applied else 1)
    assert len(told.applied) == applied


def test_it_is_taken_apart_in_reverse(told: Told, fleet: Holding) -> None:
    assert fleet.run("bootstrap", "staging").code == 0
    said = fleet.run("bootstrap", "staging", "--down", "--yes")
    assert said.code == 0, said.err
    assert told.destroyed == [["staging.edge"], REGIONS, ["staging.auth"]]
