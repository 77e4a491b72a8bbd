"""`show`, `list`, `status`, `diff` and `up` count the same: resources that a provider makes."""

from __future__ import annotations

import re

import pytest

from regionctl.engine import Kind, Op, Plan, Step
from regionctl.model.plan import summarize
from regionctl.review.report import summary_line
from tests.cli.holding import Holding, fleet, resource

__all__ = ["fleet"]


def step(op: Op, name: str, *, custom: bool = True) -> Step:
    return Step(op=op, urn=f"urn:pulumi:{name}", type="a:b:C", name=name, custom=custom)


def test_a_component_is_not_counted() -> None:
    steps = [step(Op.CREATE, "network", custom=False), step(Op.CREATE, "vpc"), step(Op.SAME, "keys", custom=False)]
    assert summarize(steps) == {"create": 1, "update": 0, "replace": 0, "delete": 0, "same": 0}
    assert str(summary_line(steps, done=False)) == "  1 to create"


def test_a_component_that_comes_alone_is_not_told_as_nothing_to_do() -> None:
    plan = Plan(
        stack="prod.eu-west",
        fleet="prod",
        region="eu-west",
        target="sandbox",
        kind=Kind.PREVIEW,
        steps=(step(Op.CREATE, "network", custom=False), step(Op.SAME, "vpc")),
    )
    assert plan.changes
    assert (
        str(summary_line(plan.steps, done=False)) == "  nothing of a provider's changes, the state alone, 1 unchanged"
    )


def test_a_state_is_counted_as_a_declaration_is(fleet: Holding) -> None:
    said = fleet.run("show", "eu-west").out
    found = re.search(r"(\d+) resources in \d+ components", said)
    assert found
    component = {**resource("regionctl:network:Network", "network"), "custom": False}
    made = [resource("gcp:kms/keyRing:KeyRing", f"ring-{number}") for number in range(int(found[1]))]
    fleet.hold("prod.eu-west", [component, *made])
    for command in ("list", "status"):
        document = fleet.run("--json", command).json
        stacks = document["stacks"] if command == "status" else document["fleets"][0]["stacks"]
        assert [one["resources"] for one in stacks if one["stack"] == "prod.eu-west"] == [int(found[1])]


@pytest.mark.parametrize("op", [Op.READ, Op.REFRESH])
def test_what_is_only_read_changes_nothing(op: Op) -> None:
    assert str(summary_line([step(op, "vpc")], done=False)) == "  nothing to do"
