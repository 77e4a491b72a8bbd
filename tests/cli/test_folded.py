"""What people read of several plans: the blast radius first, then each change once, with its stacks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.context import Context
from cli.views.plan import print_plans
from fleet.services import REAL
from regionctl.engine import Kind, Op, Plan
from regionctl.review.folding import fold
from regionctl.review.report import title
from tests.cli.holding import Holding, fleet
from tests.folding.plans import NETWORK, SQL, TOKENS, change, plan, step

__all__ = ["fleet"]

US, EU, AP = TOKENS
TIER = change("settings.tier", "small", "big")


def printed(capsys: pytest.CaptureFixture[str], *plans: Plan, full: bool = False) -> list[str]:
    capsys.readouterr()
    print_plans(plans, TOKENS, verbose=False, full=full)
    return capsys.readouterr().out.splitlines()


def test_a_change_of_every_region_is_shown_once_below_its_blast_radius(capsys: pytest.CaptureFixture[str]) -> None:
    plans = [plan(stack, step(stack, diff=(TIER,))) for stack in TOKENS]
    assert printed(capsys, *plans, plan("prod.auth")) == [
        (
            "Blast radius: 3 stacks; stateful: no resource replaced or deleted; "
            "downtime: restart (sql.DatabaseInstance main settings.tier in 3 stacks); "
            "parity: kept, every region takes the same steps"
        ),
        "all 3 regions: prod.us-east, prod.eu-west, prod.ap-south",
        "  ~  update  sql.DatabaseInstance  main",
        "        ~ settings.tier: small -> big",
        "  1 to update in each",
        "nothing to do: prod.auth",
    ]


def test_what_one_region_does_by_itself_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    plans = [plan(stack, step(stack, diff=(TIER,))) for stack in (US, EU)]
    lines = printed(capsys, *plans, plan(AP, step(AP, "other", op=Op.DELETE)))
    assert lines[0].startswith(
        "Blast radius: 3 stacks; stateful: 1 resource replaced or deleted "
        "(delete sql.DatabaseInstance other in prod.ap-south); downtime: data at risk"
    )
    assert lines[0].endswith("parity: broken, the regions do not take the same steps")
    assert "2 of 3 regions: prod.us-east, prod.eu-west" in lines
    assert "only prod.ap-south" in lines


def test_on_request_every_stack_is_shown_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    plans = [plan(stack, step(stack, diff=(TIER,))) for stack in TOKENS]
    lines = printed(capsys, *plans, full=True)
    assert [line for line in lines if line in TOKENS] == [US, EU, AP]
    assert lines[0].startswith("Blast radius: 3 stacks")


def test_one_stack_is_shown_as_ever_below_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, plan(EU, step(EU, diff=(TIER,))))
    assert lines == [
        (
            "Blast radius: prod.eu-west; stateful: no resource replaced or deleted; "
            "downtime: restart (sql.DatabaseInstance main settings.tier)"
        ),
        "prod.eu-west",
        "  ~  update  sql.DatabaseInstance  main",
        "        ~ settings.tier: small -> big",
        "  1 to update",
    ]


def test_the_gravest_class_of_downtime_is_named_first_and_the_others_behind_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    line, *_ = printed(capsys, plan(US, step(US, diff=(TIER,)), step(US, "net", op=Op.DELETE, type_=NETWORK)))
    assert line.endswith(
        "downtime: interruption (compute.Network net, restart: sql.DatabaseInstance main settings.tier)"
    )


def test_where_nothing_changes_there_is_no_blast_radius(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, plan(US), plan(EU)) == ["nothing to do: prod.us-east, prod.eu-west"]
    assert printed(capsys, plan(US)) == ["prod.us-east", "  nothing to do"]


def test_what_was_only_read_has_no_blast_radius(capsys: pytest.CaptureFixture[str]) -> None:
    drifted = replace(plan(US, step(US, diff=(TIER,))), kind=Kind.PREVIEW_REFRESH)
    assert printed(capsys, drifted)[0] == US


def test_of_many_lost_resources_the_first_are_named_and_the_rest_counted(capsys: pytest.CaptureFixture[str]) -> None:
    line, *_ = printed(capsys, plan(US, *(step(US, f"n{i}", op=Op.DELETE, type_=SQL) for i in range(9))))
    assert "delete sql.DatabaseInstance n4 and 4 more" in line


@pytest.mark.parametrize(
    ("stacks", "said"),
    [
        (["r0"], "only r0"),
        (["prod.edge"], "prod.edge"),
        ([f"r{i}" for i in range(9)], "9 of 10 regions: all but r9"),
        ([f"r{i}" for i in range(3)], "3 of 10 regions: r0, r1, r2"),
        ([f"r{i}" for i in range(10)], "all 10 regions"),
    ],
)
def test_a_title_says_in_which_of_the_regions(stacks: list[str], said: str) -> None:
    assert title(stacks, [f"r{i}" for i in range(10)]) == said


def test_regions_that_differ_in_their_projects_numbers_alone_take_the_same_steps(fleet: Holding) -> None:
    """A cloud gives the number, and Google's own accounts are named by it, so that no spec tells it."""
    context = Context(
        fleet_name="prod", regions_dir=fleet.file(""), state=None, json=False, verbose=False, quiet=False, services=REAL
    )
    plans = []
    for region, number in (("eu-west", "123456789012"), ("us-east", "210987654321")):
        member = change("member", new=f"serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com")
        made = step(f"prod.{region}", "grant", op=Op.UPDATE, diff=(member,))
        plans.append(replace(plan(f"prod.{region}", made), outputs={"project_number": number}))
    (group,) = fold(plans, context.tokens_of(plans))
    assert group.stacks == ("prod.eu-west", "prod.us-east")
    assert len(fold(plans, context.tokens)) == 2
