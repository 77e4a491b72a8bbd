"""What moved since a plan was saved, in words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from regionctl.engine import StateMark
from regionctl.review.savedplan import Now, OtherPlace, PlanMoved, check, check_place, digests
from tests.savedplan.plans import MADE, saved

STATES = {name: StateMark(updates=6, digest=name) for name in ("prod.auth", "prod.edge")}


def moved(**changes: Any) -> list[str]:
    plan = saved()
    now = {"time": MADE, "files": plan.files, "tools": plan.tools, "states": STATES, "configs": {}, **changes}
    return check(plan, Now(**now))


def test_nothing_moved_where_nothing_did() -> None:
    assert moved() == []


@pytest.mark.parametrize(
    ("late", "line"),
    [
        (timedelta(hours=24), "it expired 0 min ago, at 2026-11-25 12:00 UTC"),
        (timedelta(hours=26), "it expired 2 h ago, at 2026-11-25 12:00 UTC"),
        (timedelta(days=6), "it expired 5 d ago, at 2026-11-25 12:00 UTC"),
    ],
)
def test_an_expired_plan_says_since_when(late: timedelta, line: str) -> None:
    assert moved(time=MADE + late) == [line]


def test_each_file_is_named(tmp_path: Path) -> None:
    here = tmp_path / "x.py"
    here.write_text("x = 1\n")
    files = digests({"components/database.py": here, "components/new.py": here})
    assert moved(files=files) == [
        "components/database.py changed since the plan",
        "components/new.py is new since the plan",
        "regions/prod/eu-west.yaml is gone since the plan",
    ]


def test_each_tool_is_named() -> None:
    assert moved(tools={"pulumi-gcp": "10.3.0"}) == ["pulumi-gcp is 10.3.0, the plan was made with 10.2.0"]


def test_each_state_is_named() -> None:
    states = {"prod.auth": StateMark(updates=7, digest="x")}
    assert moved(states=states) == [
        "the state of prod.auth is at update 7, the plan was made at 6",
        "prod.edge is no stack of the fleet any more",
    ]


def test_a_state_that_was_edited_says_so() -> None:
    states = {**STATES, "prod.auth": StateMark(updates=6, digest="x")}
    assert moved(states=states) == [
        "the state of prod.auth was changed since the plan, by hand: it is still at update 6"
    ]


def test_a_provider_that_is_steered_by_hand_is_named() -> None:
    assert moved(configs={"prod.edge": {"gcp:userProjectOverride": "true"}}) == [
        "gcp:userProjectOverride in the config of prod.edge changed since the plan"
    ]


@pytest.mark.parametrize(
    ("here", "line"),
    [
        ({"fleet": "staging"}, "made for the fleet prod, this is staging"),
        ({"target": "cloud"}, "made for the target sandbox, this is cloud"),
        ({"backend": "gs://acme"}, "made for the state file:///state, this is gs://acme"),
    ],
)
def test_a_plan_for_elsewhere_is_refused(here: dict[str, str], line: str) -> None:
    place = {"fleet": "prod", "target": "sandbox", "backend": "file:///state", **here}
    with pytest.raises(OtherPlace, match=line):
        check_place(saved(), "plan.json", **place)


def test_of_many_lines_the_first_are_shown_and_all_are_kept() -> None:
    refused = PlanMoved("plan.json", [f"line {number}" for number in range(25)], "regionctl diff --all")
    assert len(refused.moved) == 25
    assert str(refused).count("\n  line") == 20
    assert "and 5 more" in str(refused)
