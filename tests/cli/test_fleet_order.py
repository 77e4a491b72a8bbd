"""A run over several stacks: its order, what a failure keeps back, what the edge waits for. No engine runs."""

from __future__ import annotations

import json

import pytest

from regionctl.probes import Origin, ProbeResult
from tests.cli.holding import ADDRESS, Holding, fleet
from tests.cli.told_engine import SUBNET, Told, told

__all__ = ["fleet", "told"]

CHECK_FAILED = 4
REGIONS = ["prod.ap-south", "prod.eu-west", "prod.us-east"]


class Asked:
    """A probe that answers for all regions but some, and says which it was asked about."""

    def __init__(self) -> None:
        self.silent: set[str] = set()
        self.regions: list[str] = []

    def __call__(self, origin: Origin) -> ProbeResult:
        self.regions.append(origin.region)
        answers = origin.region not in self.silent
        return ProbeResult(origin=origin, answers=answers, said="HTTP status 200" if answers else "silence")


@pytest.fixture(autouse=True)
def asked(fleet: Holding) -> Asked:
    asked = Asked()
    fleet.with_services(probe=lambda _context: asked)
    return asked


def hold_region(fleet: Holding, region: str) -> None:
    origin = {"origin_host": f"{region}.origin.app.example.com", "origin_address": ADDRESS}
    fleet.hold(f"prod.{region}", [SUBNET], origin)


def hold_all(fleet: Holding, **table: str) -> None:
    """Everything is applied, with this table."""
    fleet.hold("prod.auth", [SUBNET], {"listening": ["ap-south", "eu-west", "us-east"]})
    for region in ("ap-south", "eu-west", "us-east"):
        hold_region(fleet, region)
    fleet.hold_table("prod", **table)


def routed(fleet: Holding) -> set[str]:
    root = json.loads(fleet.checkpoint("prod.edge").read_text())["checkpoint"]["latest"]["resources"][0]
    return set(json.loads(root["outputs"]["regions"])["regions"])


def hosts(fleet: Holding) -> set[str]:
    root = json.loads(fleet.checkpoint("prod.edge").read_text())["checkpoint"]["latest"]["resources"][0]
    return set(root["outputs"]["origin_hosts"])


def test_auth_comes_first_then_all_regions_then_the_edge(told: Told, fleet: Holding, asked: Asked) -> None:
    said = fleet.run("up", "--all", "--yes")
    assert said.code == 0, said.err
    assert told.applied == [["prod.auth"], REGIONS, ["prod.edge"]]
    assert asked.regions == ["eu-west", "us-east"]
    assert "regionctl activate ap-south" in said.err


def test_the_edge_is_planned_after_stacks_that_were_never_made(told: Told, fleet: Holding) -> None:
    fleet.run("diff", "--all")
    assert told.planned == [["prod.auth", *REGIONS], ["prod.edge"]]


def test_down_goes_the_other_way_round(told: Told, fleet: Holding) -> None:
    assert fleet.run("down", "--all", "--yes").code == 0
    assert told.destroyed == [["prod.edge"], REGIONS, ["prod.auth"]]


def test_what_others_need_is_not_taken_down_where_they_are_not(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.eu-west"}
    said = fleet.run("down", "--all", "--yes")
    assert (said.code, told.destroyed) == (1, [["prod.edge"], REGIONS])
    assert "prod.auth: not tried, because prod.eu-west failed" in said.err
    assert "regionctl down --resume" in said.err


def test_a_region_that_never_came_up_is_kept_out_of_the_table_and_its_siblings_run(
    told: Told, fleet: Holding, asked: Asked
) -> None:
    told.failing = {"prod.eu-west"}
    said = fleet.run("up", "--all", "--yes")
    assert said.code == 1
    assert told.applied == [["prod.auth"], REGIONS, ["prod.edge"]]
    assert "prod.edge: without eu-west, which did not come up" in said.err
    assert told.planned[-1] == ["prod.edge"]  # shown as it is applied
    assert (routed(fleet), hosts(fleet)) == ({"us-east"}, {"auth", "ap-south", "us-east"})
    assert asked.regions == ["us-east"]


def test_a_region_that_has_users_stays_in_the_table_when_its_update_fails(
    told: Told, fleet: Holding, asked: Asked
) -> None:
    hold_all(fleet, us_east="active", eu_west="active")
    told.failing = {"prod.eu-west"}
    said = fleet.run("up", "--all", "--yes")
    assert said.code == 1
    assert "prod.eu-west: it broke" in said.err
    assert routed(fleet) == {"eu-west", "us-east"}
    assert asked.regions == []


def test_a_region_that_is_new_to_the_table_and_failed_keeps_its_records(told: Told, fleet: Holding) -> None:
    hold_all(fleet, us_east="active")
    told.failing = {"prod.eu-west"}
    assert fleet.run("up", "--all", "--yes").code == 1
    assert routed(fleet) == {"us-east"}
    assert "eu-west" in hosts(fleet)


def test_an_edge_with_nothing_to_route_to_is_not_tried(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.eu-west", "prod.us-east"}
    said = fleet.run("up", "--all", "--yes")
    assert (said.code, told.applied) == (1, [["prod.auth"], REGIONS])
    assert "prod.edge: not tried, because no region that it could route to came up" in said.err


def test_nothing_is_tried_without_auth(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.auth"}
    said = fleet.run("up", "--all", "--yes")
    assert (said.code, told.applied) == (1, [["prod.auth"]])
    assert "prod.eu-west: not tried, because prod.auth failed" in said.err


def test_a_region_that_does_not_answer_keeps_the_edge_as_it_was(told: Told, fleet: Holding, asked: Asked) -> None:
    hold_all(fleet, us_east="active")
    asked.silent = {"eu-west"}
    said = fleet.run("up", "edge", "--yes")
    assert (said.code, told.applied) == (CHECK_FAILED, [])
    assert "eu-west does not answer at eu-west.origin.app.example.com: silence" in said.err
    assert asked.regions == ["eu-west"]


def test_regions_are_asked_after_they_were_applied_and_each_gets_a_line(
    told: Told, fleet: Holding, asked: Asked
) -> None:
    asked.silent = {"eu-west", "us-east"}
    said = fleet.run("up", "--all", "--yes")
    assert (said.code, told.applied) == (CHECK_FAILED, [["prod.auth"], REGIONS])
    assert [line for line in said.err.splitlines() if "does not answer" in line] == [
        "Error: eu-west does not answer at eu-west.origin.app.example.com: silence",
        "  us-east does not answer at us-east.origin.app.example.com: silence",
    ]


def test_in_a_cloud_the_records_come_first_that_certificates_wait_for(told: Told, fleet: Holding, asked: Asked) -> None:
    file = fleet.file("prod/fleet.yaml")
    file.write_text(file.read_text().replace("target: sandbox", "target: cloud"))
    asked.silent = {"eu-west", "us-east"}
    said = fleet.run("up", "--all", "--yes")
    assert said.code == CHECK_FAILED
    assert "prod.edge: without eu-west, us-east, for its records first" in said.err
    assert (routed(fleet), hosts(fleet)) == (set(), {"auth", "ap-south", "eu-west", "us-east"})

    told.applied = []
    assert fleet.run("up", "--resume", "--yes").code == CHECK_FAILED
    assert told.applied == []  # the records are there: now only the cloud can go on
    asked.silent = set()
    assert fleet.run("up", "--resume", "--yes").code == 0
    assert routed(fleet) == {"eu-west", "us-east"}


def test_a_probe_is_skipped_for_a_reason_that_is_repeated(told: Told, fleet: Holding, asked: Asked) -> None:
    hold_all(fleet, us_east="active")
    asked.silent = {"eu-west"}
    said = fleet.run("up", "edge", "--yes", "--skip-probe", "no way out of this network")
    assert (said.code, asked.regions) == (0, [])
    assert "not asked whether they answer: eu-west (no way out of this network)" in said.err
    assert routed(fleet) == {"eu-west", "us-east"}


def test_a_region_that_drains_is_not_asked_first(told: Told, fleet: Holding, asked: Asked) -> None:
    hold_all(fleet, us_east="active", eu_west="active")
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    asked.silent = {"eu-west"}
    assert fleet.run("up", "edge", "--yes").code == 0
    assert asked.regions == []


def test_a_region_whose_drain_is_taken_back_is_asked(told: Told, fleet: Holding, asked: Asked) -> None:
    hold_all(fleet, us_east="active", eu_west="draining")
    assert fleet.run("up", "edge", "--yes").code == 0
    assert asked.regions == ["eu-west"]


def test_every_region_is_asked_where_nobody_knows_the_table(told: Told, fleet: Holding, asked: Asked) -> None:
    hold_all(fleet, us_east="active")
    fleet.hold("prod.edge", [SUBNET], {"host": "app.example.com"})
    assert fleet.run("up", "edge", "--yes").code == 0
    assert asked.regions == ["eu-west", "us-east"]


def test_a_region_that_failed_is_not_taken_out_where_nobody_knows_the_table(told: Told, fleet: Holding) -> None:
    hold_all(fleet, us_east="active", eu_west="active")
    fleet.hold("prod.edge", [SUBNET], {"host": "app.example.com"})
    told.failing = {"prod.eu-west"}
    said = fleet.run("up", "--all", "--yes")
    assert (said.code, told.edges) == (1, [])
    assert "the state of prod.edge does not say which regions are in its table" in said.err


def test_a_planned_region_gets_its_records_once_it_has_an_origin(told: Told, fleet: Holding) -> None:
    hold_all(fleet, us_east="active", eu_west="active")
    fleet.run("up", "edge", "--yes")
    assert (routed(fleet), hosts(fleet)) == ({"eu-west", "us-east"}, {"auth", "ap-south", "eu-west", "us-east"})
    fleet.hold("prod.ap-south")
    fleet.run("up", "edge", "--yes")
    assert hosts(fleet) == {"auth", "eu-west", "us-east"}


def test_a_planned_region_that_failed_is_not_read(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.ap-south"}
    said = fleet.run("up", "--all", "--yes")
    assert (said.code, hosts(fleet)) == (1, {"auth", "eu-west", "us-east"})
    assert "without ap-south" not in said.err


def test_closed_regions_are_left_out_of_all_and_refused_by_name(told: Told, fleet: Holding) -> None:
    fleet.set_lifecycle("prod/eu-west.yaml", "closed")
    assert fleet.run("up", "--all", "--yes").code == 0
    assert told.applied[1] == ["prod.ap-south", "prod.us-east"]
    said = fleet.run("up", "eu-west", "--yes")
    assert said.code == 1
    assert "eu-west is closed, so prod.eu-west is not brought up" in said.err
    assert "regionctl down eu-west" in said.err


@pytest.mark.parametrize("command", ["up", "diff"])
def test_a_draining_region_that_was_taken_down_is_told_before_anything_else(
    told: Told, fleet: Holding, command: str
) -> None:
    hold_all(fleet, us_east="active", eu_west="draining")
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    fleet.hold("prod.eu-west")
    said = fleet.run(command, "edge", *(["--yes"] if command == "up" else []))
    assert (said.code, told.planned) == (1, [])
    assert "prod.eu-west holds nothing" in said.err
    assert "regionctl close eu-west" in said.err


def test_an_edge_that_routes_is_not_left_without_a_region(told: Told, fleet: Holding) -> None:
    hold_all(fleet, us_east="active", eu_west="active")
    for region in ("us-east", "eu-west"):
        fleet.set_lifecycle(f"prod/{region}.yaml", "closed")
    said = fleet.run("up", "edge", "--yes")
    assert (said.code, told.planned) == (CHECK_FAILED, [])
    assert "prod.edge routes to eu-west, us-east now" in said.err


def test_a_fleet_whose_regions_are_all_planned_comes_up_without_routing(told: Told, fleet: Holding) -> None:
    for region in ("us-east", "eu-west"):
        fleet.set_lifecycle(f"prod/{region}.yaml", "planned")
    said = fleet.run("up", "--all", "--yes")
    assert (said.code, routed(fleet)) == (0, set())
    assert hosts(fleet) == {"auth", "ap-south", "eu-west", "us-east"}
    assert "regionctl activate us-east" in said.err


def test_a_new_region_brings_auth_along_which_must_know_it(told: Told, fleet: Holding) -> None:
    fleet.hold("prod.auth", [SUBNET], {"listening": ["eu-west", "us-east"]})
    said = fleet.run("up", "ap-south", "--yes")
    assert (said.code, told.applied) == (0, [["prod.auth"], ["prod.ap-south"]])
    assert "prod.auth does not know ap-south yet: it comes first" in said.err
    assert "next:\n  regionctl activate ap-south\n" in said.err
    fleet.run("up", "ap-south", "--yes")
    assert told.applied[2:] == [["prod.ap-south"]]


def test_a_region_that_the_edge_does_not_route_to_yet_has_the_edge_next(told: Told, fleet: Holding) -> None:
    fleet.hold("prod.auth", [SUBNET], {"listening": ["eu-west"]})
    assert "next:\n  regionctl up edge\n" in fleet.run("up", "eu-west", "--yes").err
    hold_all(fleet, us_east="active", eu_west="active")
    assert "Next: edit regions/prod/eu-west.yaml" in fleet.run("up", "eu-west", "--yes").err


def test_resume_takes_up_what_failed_and_what_did_without_it(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.eu-west"}
    assert "regionctl up --resume" in fleet.run("up", "--all", "--yes").err
    told.failing, told.applied = set(), []
    said = fleet.run("up", "--resume", "--yes")
    assert (said.code, told.applied) == (0, [["prod.eu-west"], ["prod.edge"]])
    assert "prod.eu-west failed, prod.edge without a region that did not come up; planned again" in said.err
    assert routed(fleet) == {"eu-west", "us-east"}
    told.applied = []
    again = fleet.run("up", "--resume", "--yes")
    assert (again.code, told.applied) == (0, [])
    assert "no up left anything undone" in again.err


def test_a_run_that_was_cut_off_is_taken_up_where_it_was(told: Told, fleet: Holding) -> None:
    told.killed_at = "prod.eu-west"
    assert fleet.run("up", "--all", "--yes").code == 130
    told.killed_at, told.applied = None, []
    said = fleet.run("up", "--resume", "--yes")
    assert (said.code, told.applied) == (0, [REGIONS, ["prod.edge"]])
    assert "prod.us-east cut off" in said.err
    assert "prod.edge not tried" in said.err


def test_what_the_edge_was_refused_is_left_for_the_next_run(told: Told, fleet: Holding, asked: Asked) -> None:
    asked.silent = {"eu-west"}
    fleet.run("up", "--all", "--yes")
    asked.silent, told.applied = set(), []
    assert fleet.run("up", "--resume", "--yes").code == 0
    assert told.applied == [["prod.edge"]]


def test_status_tells_what_a_run_left(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.eu-west"}
    fleet.run("up", "--all", "--yes")
    said = fleet.run("status")
    assert "prod.eu-west: left by the up of" in said.err
    assert ": failed; regionctl up --resume" in said.err
    assert ": without a region that did not come up; regionctl up --resume" in said.err
    left = {one["stack"]: one["left"] for one in fleet.run("status", "--json").json["stacks"]}
    assert (left["prod.eu-west"]["reached"], left["prod.us-east"]) == ("failed", None)


def test_each_step_of_a_regions_end_says_the_next(told: Told, fleet: Holding) -> None:
    hold_all(fleet, us_east="active", eu_west="active")
    assert "regionctl up edge\n" in fleet.run("drain", "eu-west").err
    assert "regionctl down eu-west --unprotect  # once nobody lives there" in fleet.run("up", "edge", "--yes").err
    assert "next:\n  regionctl close eu-west\n" in fleet.run("down", "eu-west", "--unprotect", "--yes").err
    fleet.hold("prod.eu-west")
    assert "regionctl up edge\n" in fleet.run("close", "eu-west").err
    assert fleet.run("up", "edge", "--yes").code == 0
    assert routed(fleet) == {"us-east"}


def test_a_region_that_was_closed_since_is_not_left_any_more(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.eu-west"}
    fleet.run("up", "--all", "--yes")
    fleet.set_lifecycle("prod/eu-west.yaml", "closed")
    told.failing, told.applied = set(), []
    assert fleet.run("up", "--resume", "--yes").code == 0
    assert told.applied == [["prod.edge"]]


def test_resume_names_the_stacks_by_itself(told: Told, fleet: Holding) -> None:
    said = fleet.run("up", "eu-west", "--resume", "--yes")
    assert said.code == 1
    assert "regionctl up --resume" in said.err


def test_what_up_left_is_nothing_to_down(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.eu-west"}
    fleet.run("up", "--all", "--yes")
    assert "no down left anything undone" in fleet.run("down", "--resume", "--yes").err


def test_the_journal_is_for_the_user_alone_and_survives_a_torn_line(told: Told, fleet: Holding) -> None:
    told.failing = {"prod.eu-west"}
    fleet.run("up", "--all", "--yes")
    folder = fleet.root / ".regionctl" / "journal" / "prod"
    (file,) = folder.iterdir()
    assert {one.stat().st_mode & 0o777 for one in (folder, folder.parent)} == {0o700}
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text(file.read_text() + '{"at": "2026-11-24T1')
    assert "prod.eu-west failed" in fleet.run("up", "--all", "--yes").err
