"""Whoever may only read in the bucket can plan: a plan writes nothing there, also of a stack that was never made."""

from __future__ import annotations

import json
from dataclasses import replace

import pulumi
import pytest

from regionctl.engine import Engine, Expected, Op, Plan, RunOptions, StateMark, StateMoved
from regionctl.model.errors import EngineError
from regionctl.model.program import StackProgram
from tests.engine.conftest import plan_of, program
from tests.engine.toy import Thing
from tests.remote.conftest import Bucket, Remote
from tests.remote.test_kms import engine as engine_with_kms
from tests.remote.test_life import applied, stack

pytestmark = pytest.mark.engine


def reader() -> None:
    """Reads what `test.one` was given."""
    other = pulumi.StackReference("one", stack_name="organization/toys/test.one")
    Thing("copy", other.get_output("path"))
    Thing("nest", other.get_output("bird"))


def reads_one(needs: tuple[str, ...] = ("test.one",)) -> StackProgram:
    return replace(program(reader, "test.two"), needs=needs)


def planned(engine: Engine, one: StackProgram) -> Plan:
    plan = plan_of(engine.plan([one]), one.name)
    assert plan.error is None, plan.error
    return plan


def values(plan: Plan) -> dict[str, object]:
    return {step.name: step.inputs["value"] for step in plan.steps if step.op is not Op.READ}


def test_every_question_about_a_stack_that_was_never_made_leaves_an_empty_bucket_empty(remote: Remote) -> None:
    remote.bucket.refuse_writes()
    engine, one = remote.engine, stack()
    assert {step.op for step in planned(engine, one).steps} == {Op.CREATE}
    assert engine.held_nothing(one)
    assert plan_of(engine.plan_refresh([one]), one.name).steps == ()
    assert plan_of(engine.plan_destroy([one]), one.name).steps == ()
    again = remote.engine  # which knows nothing yet
    assert {step.op for step in planned(again, one).steps} == {Op.CREATE}
    assert (engine.history(one), engine.outputs(one), engine.state(one).resources) == ((), {}, ())
    assert engine.state_mark(one) == again.state_mark(one) == StateMark(updates=0, digest=engine.state_mark(one).digest)
    assert engine.unwrap_key(one, engine.wrap_key(one, b"k" * 32)) == b"k" * 32
    assert remote.bucket.objects() == {}


def test_a_plan_of_a_stack_that_is_there_needs_no_more_than_to_read(remote: Remote) -> None:
    applied(remote, stack())
    before = remote.bucket.objects()
    remote.bucket.refuse_writes()
    engine = remote.engine
    assert planned(engine, stack()).changes == ()
    assert [step.op for step in planned(engine, stack(size=2)).changes] == [Op.UPDATE]
    assert plan_of(engine.plan_refresh([stack()]), "test.one").changes == ()
    assert {step.op for step in plan_of(engine.plan_destroy([stack()]), "test.one").changes} == {Op.DELETE}
    assert remote.bucket.objects() == before
    refused = plan_of(engine.apply([stack(size=2)]), "test.one")
    assert isinstance(refused.error, EngineError)


def test_a_stack_that_somebody_took_away_is_planned_as_a_new_one(remote: Remote) -> None:
    applied(remote, stack())
    remote.bucket.empty()
    remote.bucket.refuse_writes()
    plan = planned(remote.engine, stack())
    assert plan.is_new
    assert {step.op for step in plan.steps} == {Op.CREATE}
    assert remote.bucket.objects() == {}


def test_a_new_stack_is_planned_with_the_outputs_of_those_in_the_bucket(remote: Remote) -> None:
    made = applied(remote, stack())
    bird = remote.engine.show_secret(stack(), "bird")
    before = remote.bucket.objects()
    remote.bucket.refuse_writes()
    plan = planned(remote.engine, reads_one())
    assert values(plan)["copy"] == made.outputs["path"]
    assert values(plan)["nest"] == "[secret]"
    assert bird not in json.dumps(plan.to_json())
    assert remote.bucket.objects() == before


def test_a_stack_that_is_there_is_planned_on_its_state_where_one_that_it_reads_is_new(remote: Remote) -> None:
    def alone() -> None:
        Thing("copy", "old")

    applied(remote, program(alone, "test.two"))
    before = remote.bucket.objects()
    remote.bucket.refuse_writes()
    engine = remote.engine
    assert planned(engine, stack()).is_new
    plan = planned(engine, reads_one())
    assert not plan.is_new
    assert {step.name: step.op for step in plan.changes} == {"copy": Op.UPDATE, "nest": Op.CREATE}
    assert remote.bucket.objects() == before


def test_what_reads_a_stack_that_nobody_makes_is_told_to_bring_it_up_first(remote: Remote) -> None:
    plan = plan_of(remote.engine.plan([reads_one(needs=())]), "test.two")
    assert plan.error is not None
    assert plan.error.hint == "bring it up first: regionctl --fleet test up one"


def test_what_was_planned_before_the_stack_was_there_is_made_by_one_who_may_write(remote: Remote) -> None:
    engine = remote.engine
    planned(engine, stack())
    done = plan_of(engine.apply([stack()]), "test.one")
    assert done.error is None
    assert values(done)["database"] == {"size": 1}
    assert planned(engine, stack()).changes == ()


def test_a_saved_plan_of_a_new_stack_is_applied_exactly_and_once(remote: Remote) -> None:
    one, engine = stack(), remote.engine
    mark = engine.state_mark(one)
    plan = planned(engine, one)
    assert remote.bucket.objects() == {}

    def check(again: Plan) -> None:  # in the process of the run
        if {step.urn for step in again.steps} != {step.urn for step in plan.steps}:
            raise EngineError("it is planned in another way")

    expected = {one.name: Expected(state=mark, check=check)}
    done = plan_of(remote.engine.apply_exactly([one], RunOptions(), expected), one.name)
    assert done.error is None, done.error
    again = remote.engine.apply_exactly([one], RunOptions(), expected)[one.name]
    assert isinstance(again.error if isinstance(again, Plan) else again, StateMoved)


@pytest.mark.parametrize("bucket", ["s3"], indirect=True)
def test_secrets_under_a_key_of_a_kms_need_no_stack_in_the_bucket(remote: Remote, bucket: Bucket) -> None:
    bucket.refuse_writes()
    ours, one = engine_with_kms(remote, f"awskms:///{bucket.server.key()}?region=us-east-1"), stack()
    ours.set_secret(one, "bird", "canary")
    assert ours.show_secret(one, "bird") == "canary"
    assert ours.unwrap_key(one, ours.wrap_key(one, b"k" * 32)) == b"k" * 32
    assert {step.op for step in planned(ours, one).steps} == {Op.CREATE}
    assert bucket.objects() == {}
