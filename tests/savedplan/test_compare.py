"""Which steps are those that were saved: all the same, but for what was unknown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from regionctl.engine import Op, Plan, StateMark
from regionctl.review.savedplan import compare, of_plan
from tests.savedplan.plans import objects, plan_of, step

MARK = StateMark(updates=6, digest="aa")
REPLACED = (Op.CREATE_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED)
DELETED_FIRST = (Op.DELETE_REPLACED, Op.REPLACE, Op.CREATE_REPLACEMENT)


def differences(was: Plan, now: Plan) -> list[str]:
    return compare(of_plan(was, MARK, {}), now)


def replaced(inputs: dict[str, Any], order: tuple[Op, ...] = REPLACED) -> Plan:
    return plan_of(*(step(op, {} if op is Op.DELETE_REPLACED else inputs) for op in order))


@given(objects)
def test_the_same_steps_are_the_same(inputs: dict[str, Any]) -> None:
    plan = plan_of(step(Op.UPDATE, inputs), fingerprints={"password": "f1"}, outputs=inputs)
    assert differences(plan, plan) == []


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (plan_of(step(Op.CREATE, {"a": "[unknown]"})), plan_of(step(Op.CREATE, {"a": {"b": 1}}))),
        (plan_of(step(Op.CREATE, {"a": ["[unknown]", 1]})), plan_of(step(Op.CREATE, {"a": ["x", 1]}))),
        (plan_of(step(Op.CREATE, {"a": "[unknown]"})), plan_of(step(Op.CREATE, {}))),
        (plan_of(step(Op.UPDATE, {"a": "[unknown]"})), plan_of(step(Op.SAME, {"a": 1}))),
        (replaced({"a": "[unknown]"}), plan_of(step(Op.UPDATE, {"a": 1}))),
        (replaced({"a": "[unknown]"}, DELETED_FIRST), plan_of(step(Op.SAME, {"a": 1}))),
        (
            plan_of(step(Op.CREATE, {"a": "[secret]"}), fingerprints={"a": "[unknown]"}),
            plan_of(step(Op.CREATE, {"a": "[secret]"}), fingerprints={"a": "f1"}),
        ),
        (
            plan_of(step(Op.CREATE, {"a": "[unknown]"})),
            plan_of(step(Op.CREATE, {"a": {"b": "[secret]"}}), fingerprints={"a.b": "f1"}),
        ),
        (plan_of(outputs={"host": "[unknown]"}), plan_of(outputs={"host": "h"})),
    ],
)
def test_what_was_unknown_may_become_known_and_need_less(was: Plan, now: Plan) -> None:
    assert differences(was, now) == []


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        (
            plan_of(step(Op.CREATE, {"a": {"b": 1}})),
            plan_of(step(Op.CREATE, {"a": {"b": 2}})),
            "db: a.b would be 2, planned was 1",
        ),
        (plan_of(step(Op.CREATE)), plan_of(step(Op.CREATE, {"a": 1})), "db: a would be 1, planned was absent"),
        (
            plan_of(step(Op.CREATE, {"a": 1})),
            plan_of(step(Op.CREATE, {"a": "[unknown]"})),
            'db: a would be "[unknown]", planned was 1',
        ),
        (
            plan_of(step(Op.CREATE, {"a": "[secret]"}), fingerprints={"a": "f1"}),
            plan_of(step(Op.CREATE, {"a": "[secret]"}), fingerprints={"a": "f2"}),
            "db: the secret a is not the one that was planned",
        ),
        (
            plan_of(step(Op.CREATE, {"a": "[secret]"}), fingerprints={"a": "f1"}),
            plan_of(step(Op.CREATE, {"a": "[secret]"})),
            "db: the secret a is not the one that was planned",
        ),
        (plan_of(step(Op.UPDATE)), plan_of(step(Op.SAME)), "db would get: same; planned was: update"),
        (
            plan_of(step(Op.SAME, {"a": "[unknown]"})),
            plan_of(step(Op.UPDATE, {"a": 1})),
            "db would get: update; planned was: same",
        ),
        (
            plan_of(step(Op.UPDATE, {"a": "[unknown]"})),
            replaced({"a": 1}),
            "db would get: replace, created first; planned was: update",
        ),
        (
            replaced({"a": 1}),
            replaced({"a": 1}, DELETED_FIRST),
            "db would get: replace, deleted first; planned was: replace, created first",
        ),
        (plan_of(step(Op.CREATE)), plan_of(), "db would not be there any more, planned was create"),
        (plan_of(), plan_of(step(Op.DELETE)), "db would be new: delete"),
        (
            plan_of(outputs={"host": "old"}),
            plan_of(outputs={"host": "new"}),
            'the output host would be "new", planned was "old"',
        ),
    ],
)
def test_everything_else_is_told(was: Plan, now: Plan, line: str) -> None:
    assert differences(was, now) == [f"prod.auth: {line}"]


def test_a_step_of_another_kind_says_which_inputs_are_behind_it() -> None:
    assert differences(plan_of(step(Op.SAME, {"a": 1})), plan_of(step(Op.UPDATE, {"a": 2}))) == [
        "prod.auth: db would get: update; planned was: same",
        "prod.auth: db: a would be 2, planned was 1",
    ]
