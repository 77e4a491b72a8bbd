"""What a change of the edge does to routing, beside the engine's plan."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cli.context import Context
from cli.views.routing import print_routing
from fleet.routing import NotOfTheEdge, Routing, routing
from fleet.services import REAL
from regionctl.model.errors import SpecError
from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]


def context() -> Context:
    return Context(
        fleet_name="prod",
        regions_dir=Path("regions"),
        state=None,
        json=False,
        verbose=False,
        quiet=False,
        services=REAL,
    )


def change(file: Path | None = None) -> Routing:
    of = context()
    found = routing(of, of.select(["edge"]), file)
    assert found is not None
    return found


def printed(fleet: Holding, found: Routing, *, verbose: bool = False) -> str:
    print_routing(found, verbose=verbose)
    return fleet.capsys.readouterr().out


def ends(found: Routing) -> dict[str, tuple[Any, Any, bool]]:
    return {one["name"]: (one["before"], one["after"], one["changed"]) for one in found.as_document()["requests"]}


def test_a_drain_moves_the_sign_ups_and_leaves_the_members(fleet: Holding) -> None:
    fleet.hold_table("prod", us_east="active", eu_west="active")
    fleet.set_lifecycle("prod/eu-west.yaml", "draining")
    where = ends(change())
    europe = {"locality": "eu", "regions": ["eu-west"], "reason": "time-zone"}
    assert where["sign-up-in-paris"] == (europe, {"refused": "region_closed"}, True)
    assert where["sign-up-that-chose-europe"][1:] == ({"refused": "region_not_open"}, True)
    home = {"locality": "eu", "regions": ["eu-west"], "reason": "home"}
    assert where["member-in-europe"] == (home, home, False)
    text = printed(fleet, change())
    assert "~  eu-west  active  draining" in text
    assert "~  sign-up-in-paris " in text
    assert "3 of 19 go elsewhere" in text


def test_a_public_request_that_changes_is_a_line_of_the_list_and_its_samples_go_elsewhere(fleet: Holding) -> None:
    fleet.hold_table("prod", us_east="active", eu_west="active")
    file = fleet.root / "regions" / "prod" / "fleet.yaml"
    file.write_text(file.read_text().replace("path: /hooks/git\n", "path: /webhooks/git\n"))
    found = change()
    home = {"locality": "us", "regions": ["us-east"], "reason": "home"}
    assert ends(found)["git-push-to-america"] == ({**home, "reason": "key"}, home, False)
    assert ends(found)["git-push-that-nobody-claimed"][::2] == ({"refused": "unknown_key"}, True)
    listed = found.as_document()["public_requests"]
    paths = [[one["path"] for one in listed[when]] for when in ("before", "after")]
    assert set(paths[0]) - set(paths[1]) == {"/hooks/git"}
    assert set(paths[1]) - set(paths[0]) == {"/webhooks/git"}
    text = printed(fleet, found)
    key = "git-hook, claimed, in x-github-hook-id"
    assert re.search(rf"-  /hooks/git +{key} +-", text)
    assert re.search(rf"\+  /webhooks/git +- +{key}", text)
    assert re.search("/files/{key}/.. +file, minted, in the path", text)
    assert "billing, to every region, with stripe-signature" in text
    assert re.search(r"billing-event +every region \(delivered\) +every region \(delivered\)", text)


def test_a_region_that_comes_is_a_line_of_the_table(fleet: Holding) -> None:
    fleet.hold_table("prod", us_east="active", eu_west="active")
    fleet.set_lifecycle("prod/ap-south.yaml", "active")
    text = printed(fleet, change())
    assert "+  ap-south  -       active" in text
    signs = "time zones Asia/ Australia/ Indian/; countries AU IN NZ SG"
    assert f"+  asia      Asia Pacific   ap-south 100 %     {signs}" in text
    assert "   us-east   active  active" in text
    assert "refused: region_closed" in text
    assert ends(change())["sign-up-in-mumbai"][1] == {
        "locality": "asia",
        "regions": ["ap-south"],
        "reason": "time-zone",
    }


def test_another_country_is_named_alone(fleet: Holding) -> None:
    fleet.hold_table("prod", us_east="active", eu_west="active")
    file = fleet.file("prod/fleet.yaml")
    file.write_text(file.read_text().replace("[US, CA, MX, BR]", "[US, CA, MX, CL]"))
    assert "countries -BR +CL" in printed(fleet, change())


def test_what_stays_as_it_is_is_not_shown_unless_asked_for(fleet: Holding) -> None:
    fleet.hold_table("prod", us_east="active", eu_west="active")
    assert printed(fleet, change()) == ""
    assert "none of 19 go elsewhere" in printed(fleet, change(), verbose=True)


def test_before_the_first_edge_nothing_was_routed(fleet: Holding) -> None:
    found = change()
    assert found.as_document()["table"]["before"] is None
    assert ends(found)["member-in-europe"] == (
        None,
        {"locality": "eu", "regions": ["eu-west"], "reason": "home"},
        False,
    )
    assert "none was deployed before" in printed(fleet, found)


def test_a_fleet_without_sample_requests_has_a_table_alone(fleet: Holding) -> None:
    fleet.file("prod/requests.yaml").unlink()
    found = change()
    assert found.requests == ()
    assert "sample requests" not in printed(fleet, found)


def test_other_sample_requests_can_be_given(fleet: Holding) -> None:
    Path("mine.yaml").write_text("requests:\n  one: { country: DE }\n")
    assert list(ends(change(Path("mine.yaml")))) == ["one"]


def test_sample_requests_are_read_before_the_engine_starts(fleet: Holding) -> None:
    fleet.file("prod/requests.yaml").write_text("requests:\n  one: { home: eu-wset }\n")
    said = fleet.run("diff", "edge")
    assert said.code == 1
    assert "regions/prod/requests.yaml:2:16: requests.one.home: the fleet has no region 'eu-wset'" in said.err
    assert said.out == ""
    with pytest.raises(SpecError):
        change(Path("nowhere.yaml"))


def test_sample_requests_without_the_edge_are_refused(fleet: Holding) -> None:
    of = context()
    assert routing(of, of.select(["eu-west"]), None) is None
    with pytest.raises(NotOfTheEdge):
        routing(of, of.select(["eu-west"]), Path("regions/prod/requests.yaml"))


def test_a_fleet_with_nowhere_to_route_to_is_left_to_its_program(fleet: Holding) -> None:
    for region in ("us-east", "eu-west"):
        fleet.set_lifecycle(f"prod/{region}.yaml", "planned")
    of = context()
    assert routing(of, of.select(["edge"]), None) is None


def test_validate_reads_the_sample_requests_too(fleet: Holding) -> None:
    assert fleet.run("validate").code == 0
    fleet.file("prod/requests.yaml").write_text("requests:\n  one: { country: Germany }\n")
    said = fleet.run("validate")
    assert said.code == 1
    assert "regions/prod/requests.yaml:2:19: requests.one.country: a country's two capital letters" in said.err
