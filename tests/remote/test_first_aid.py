"""A damaged state in a bucket, protected resources, and buckets that cannot be reached: each said as what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pulumi
import pytest

from regionctl.engine import Engine, Plan, Workspace
from regionctl.engine.runs.protection import ProtectedResources
from regionctl.engine.state.checkpoint import DamagedState
from regionctl.engine.state.remote import StateUnreachable
from regionctl.model.errors import RegionctlError
from tests.engine.conftest import plan_of, program
from tests.engine.toy import Thing
from tests.remote.conftest import Remote

pytestmark = pytest.mark.engine

KEY = ".pulumi/stacks/toys/test.one.json"


def two() -> None:
    Thing("first", 1)
    Thing("second", 2, opts=pulumi.ResourceOptions(protect=True))


def first() -> None:
    Thing("first", 1)


def error_of(result: Plan | RegionctlError) -> RegionctlError | None:
    return result.error if isinstance(result, Plan) else result


def test_a_damaged_state_is_left_alone_and_a_whole_one_takes_its_place(remote: Remote) -> None:
    remote.up(two)
    engine, one = remote.engine, program(two)
    exported = engine.export_state(one)
    whole = remote.bucket.objects()[KEY]
    remote.bucket.put(KEY, whole[: len(whole) // 2])
    calls: tuple[Callable[[], object], ...] = (
        lambda: engine.state(one),
        lambda: engine.repair_state(one),
        lambda: engine.state_mark(one),
    )
    for call in calls:
        with pytest.raises(DamagedState) as damaged:
            call()
        assert f"{remote.bucket.name}/{KEY}" in str(damaged.value)
        assert "test.one.json.bak" in str(damaged.value)
        assert "state import one FILE" in str(damaged.value)
    assert isinstance(error_of(engine.apply([one])["test.one"]), DamagedState)
    assert remote.bucket.objects()[KEY] == whole[: len(whole) // 2]

    engine.import_state(one, exported)
    assert plan_of(engine.plan([one]), "test.one").changes == ()
    assert engine.repair_state(one)


def test_an_apply_that_would_end_a_protected_resource_says_so(remote: Remote) -> None:
    remote.up(two)
    refused = error_of(remote.engine.apply([program(first)])["test.one"])
    assert isinstance(refused, ProtectedResources)
    assert [step.name for step in refused.steps] == ["second"]
    assert remote.cloud.ids() == ["first/", "second/"]


def test_a_bucket_that_is_not_there_is_told_in_a_line_with_its_address(remote: Remote) -> None:
    there, query = remote.bucket.url.partition("?")[::2]
    url = f"{there}-not?{query}" if query else f"{there}-not"
    engine = Engine(workspace=Workspace.at(remote.folder, url), providers=remote.providers)
    told = error_of(engine.plan([program(two)])["test.one"])
    assert isinstance(told, StateUnreachable)
    assert told.where == url
    with pytest.raises(StateUnreachable):
        engine.state(replace(program(two), name="test.two"))
