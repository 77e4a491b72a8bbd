"""The life of a stack whose state is in a bucket, from its first `up` to its `down`."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pulumi
import pytest

from regionctl.engine import Op, Plan
from regionctl.model.program import SecretKind, SecretSlot, StackProgram
from regionctl.model.values import SECRET_MASK
from tests.engine.conftest import plan_of, program
from tests.engine.toy import Thing
from tests.remote.conftest import Remote

pytestmark = pytest.mark.engine

CANARY = "canary-in-a-bucket"


def declare(size: int) -> None:
    bird = pulumi.Config().require_secret("bird")
    made = Thing("database", {"size": size})
    Thing("nest", bird)
    pulumi.export("path", made.path)
    pulumi.export("bird", bird)


def another() -> None:
    Thing("database")


def stack(size: int = 1) -> StackProgram:
    return replace(program(partial(declare, size)), secrets={"bird": SecretSlot(kind=SecretKind.GENERATED)})


def test_a_stack_lives_in_a_bucket_as_it_does_on_a_disk(remote: Remote) -> None:
    engine, one = remote.engine, stack()
    assert engine.history(one) == ()
    assert engine.state(one).resources == ()
    assert engine.outputs(one) == {}

    engine.set_secret(one, "bird", CANARY)
    made = applied(remote, one)
    assert {step.op for step in made.steps} == {Op.CREATE}
    engine = remote.engine  # as each command has one of its own
    assert plan_of(engine.plan([one]), one.name).changes == ()

    assert engine.outputs(one) == {"path": "things/database/", "bird": SECRET_MASK}
    assert engine.outputs(one, show_secrets=True)["bird"] == CANARY
    assert engine.show_secret(one, "bird") == CANARY
    assert {resource.name for resource in engine.state(one).resources} == {"database", "nest"}
    assert [(update.kind, update.result) for update in engine.history(one)] == [("update", "succeeded")]
    assert not [key for key, content in remote.bucket.objects().items() if CANARY.encode() in content]

    changed = applied(remote, stack(size=2))
    assert [step.op for step in changed.changes] == [Op.UPDATE]
    assert len(remote.engine.history(one)) == 2

    remote.cloud.put("database/", json.dumps({"value": {"size": 7}}))
    drift = plan_of(engine.plan_refresh([stack(size=2)]), one.name)
    assert [step.name for step in drift.changes] == ["database"]
    assert plan_of(engine.refresh([stack(size=2)]), one.name).error is None
    mended = applied(remote, stack(size=2))
    assert [step.name for step in mended.changes] == ["database"]

    down = plan_of(engine.destroy([one]), one.name)
    assert down.error is None
    assert remote.cloud.ids() == []
    assert remote.engine.state(one).resources == ()


def test_a_state_is_taken_out_and_put_back(remote: Remote) -> None:
    engine, one = remote.engine, stack()
    applied(remote, one)
    exported, before = engine.export_state(one), engine.outputs(one, show_secrets=True)
    applied(remote, replace(one, run=another))
    engine.import_state(one, exported)
    assert {resource.name for resource in engine.state(one).resources} == {"database", "nest"}
    assert engine.outputs(one, show_secrets=True) == before
    assert plan_of(engine.plan([one]), one.name).changes == ()


def applied(remote: Remote, one: StackProgram) -> Plan:
    done = plan_of(remote.engine.apply([one]), one.name)
    assert done.error is None, done.error
    return done
