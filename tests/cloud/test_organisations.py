"""The fleets of test_life.py the other way round: prod of an organisation, staging of none. What that changes is how a
region and auth come by their projects (stacks/foundation.py), so one region, and auth with it, is applied.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cloud.fleets import cloud_fleet

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

NOTHING = "nothing to do"
PROJECT = "gcp:organizations/project:Project"


@pytest.mark.parametrize(
    ("name", "organisation"), [("prod", True), ("staging", False)], ids=["prod, organisation", "staging"]
)
def test_a_region_comes_up_stays_as_it_is_and_goes_down(tmp_path: Path, name: str, organisation: bool) -> None:
    with cloud_fleet(tmp_path, name, organisation=organisation) as fleet:
        fleet.provide_secrets()
        made = fleet.does("up", "eu-west", "--yes")
        assert f"{name}.auth was never applied and is needed: it comes first" in made.err
        types = {one["type"] for one in fleet.does("--json", "state", "list", "eu-west").json["resources"]}
        assert (PROJECT in types) is organisation
        assert fleet.does("diff", "auth", "eu-west", "--detailed-exitcode").out.startswith(NOTHING)
        summary = fleet.does("--json", "drift", "auth", "eu-west").json["summary"]
        assert {kind: count for kind, count in summary.items() if kind != "same" and count} == {}, summary
        fleet.does("drain", "eu-west")
        fleet.does("down", "eu-west", "auth", "--unprotect", "--yes", typed="eu-west\nauth\n")
        held = {row["stack"]: row["resources"] for row in fleet.does("--json", "status").json["stacks"]}
        assert set(held.values()) == {0}
        assert not fleet.outside
