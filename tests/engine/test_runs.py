"""Plan, apply, destroy, refresh, by the real engine."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pulumi
import pytest

from regionctl.engine import Op, Plan, RunOptions, Status
from regionctl.model.errors import EngineError
from tests.engine.conftest import Toy, plan_of, program
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine


def two(value: object = 1, immutable: str = "x") -> None:
    first = Thing("first", value, immutable=immutable)
    Thing("second", first.path)
    pulumi.export("path", first.path)
    pulumi.export("hidden", pulumi.Output.secret("canary-4711"))


def test_a_plan_says_what_an_apply_then_does(toy: Toy) -> None:
    planned = toy.diff(two)
    assert planned.summary == {"create": 2, "update": 0, "replace": 0, "delete": 0, "same": 0}
    assert toy.cloud.ids() == []
    done = toy.up(two)
    assert done.summary == planned.summary
    assert {step.status for step in done.steps} == {Status.DONE}
    assert toy.cloud.ids() == ["first/x", "second/"]
    assert toy.diff(two).changes == ()


def test_the_state_says_where_each_resource_is_declared_and_no_more_of_the_machine(toy: Toy) -> None:
    toy.up(two)
    (file,) = (toy.folder / "state").rglob("test.one.json")
    things = [
        item for item in json.loads(file.read_text())["checkpoint"]["latest"]["resources"] if "Thing" in item["type"]
    ]
    lines, start = inspect.getsourcelines(two)
    declared = [start + at for at, line in enumerate(lines) if "Thing(" in line]
    here = Path(__file__).name
    assert [item["sourcePosition"].rpartition("/")[2] for item in things] == [f"{here}#{line}" for line in declared]
    assert [len(item["stackTrace"]) for item in things] == [1, 1]


def test_a_sandbox_keeps_no_log_of_the_cli(toy: Toy) -> None:
    toy.up(two)
    assert list(toy.folder.rglob("*.log")) == []


def test_outputs_mask_secrets(toy: Toy) -> None:
    done = toy.up(two)
    assert done.outputs == {"path": "things/first/x", "hidden": "[secret]"}
    shown = toy.engine.outputs(program(two), show_secrets=True)
    assert shown["hidden"] == "canary-4711"


def test_a_nested_change_is_told_by_its_path(toy: Toy) -> None:
    toy.up(lambda: two({"deep": {"list": [1, 2]}}))
    changed = toy.diff(lambda: two({"deep": {"list": [1, 3]}}))
    (step,) = changed.changes
    assert step.op is Op.UPDATE
    assert [(change.path.split(".")[0], change.kind) for change in step.diff] == [("value", "update")]


def test_a_replacement_counts_once(toy: Toy) -> None:
    toy.up(two)
    changed = toy.diff(lambda: two(immutable="y"))
    assert changed.summary["replace"] == 1
    (step,) = [step for step in changed.changes if step.op is Op.REPLACE]
    assert step.replace_keys == ("immutable",)


def test_a_destroy_leaves_nothing(toy: Toy) -> None:
    toy.up(two)
    plan_of(toy.engine.destroy([program(two)]), "test.one")
    assert toy.cloud.ids() == []
    assert toy.engine.state(program(two)).resources == ()


def test_a_refresh_finds_what_is_gone(toy: Toy) -> None:
    toy.up(two)
    toy.cloud.delete("second/")
    seen = plan_of(toy.engine.plan_refresh([program(two)]), "test.one")
    assert [(step.op, step.name) for step in seen.changes] == [(Op.DELETE, "second")]
    toy.up(two, RunOptions(refresh=True))
    assert toy.cloud.ids() == ["first/x", "second/"]


def test_a_protected_resource_that_is_gone_is_drift_and_no_refusal(toy: Toy) -> None:
    def declare() -> None:
        Thing("kept", opts=pulumi.ResourceOptions(protect=True))

    toy.up(declare)
    toy.cloud.delete("kept/")
    seen = plan_of(toy.engine.plan_refresh([program(declare)]), "test.one")
    assert seen.error is None
    assert [(step.op, step.name) for step in seen.changes] == [(Op.DELETE, "kept")]
    toy.up(declare, RunOptions(refresh=True))
    assert toy.cloud.ids() == ["kept/"]


def test_what_failed_does_not_stop_its_siblings_and_the_next_apply_goes_on(toy: Toy) -> None:
    def declare(fault: str | None) -> None:
        bad = Thing("bad", fault=fault)
        Thing("needs-bad", bad.path)
        Thing("sibling")

    failed = toy.up(lambda: declare("refuse"), RunOptions(continue_on_error=True))
    assert isinstance(failed.error, EngineError)
    assert [step.name for step in failed.failed] == ["bad"]
    assert [step.name for step in failed.skipped] == ["needs-bad"]
    assert toy.cloud.ids() == ["sibling/"]
    mended = toy.up(lambda: declare(None))
    assert mended.error is None
    assert toy.cloud.ids() == ["bad/", "needs-bad/", "sibling/"]


def test_a_stack_that_fails_does_not_stop_the_others(toy: Toy) -> None:
    def broken_program() -> None:
        Thing("x", fault="refuse")

    good, bad = program(two, "test.good"), program(broken_program, "test.bad")
    results = toy.engine.apply([bad, good])
    assert plan_of(results, "test.good").error is None
    broken = results["test.bad"]
    assert isinstance(broken, Plan)
    assert broken.error is not None


def test_a_protected_resource_is_not_replaced_unless_it_is_named(toy: Toy) -> None:
    def declare(immutable: str) -> None:
        Thing("data", immutable=immutable, opts=pulumi.ResourceOptions(protect=True))

    toy.up(lambda: declare("x"))
    refused = toy.diff(lambda: declare("y"))
    assert refused.error is not None
    assert "data" in str(refused.error)
    assert toy.cloud.ids() == ["data/x"]
    allowed = toy.up(lambda: declare("y"), RunOptions(allow=frozenset({"data"})))
    assert allowed.error is None, allowed.error
    assert toy.cloud.ids() == ["data/y"]


def test_a_state_that_was_exported_can_be_imported_again(toy: Toy) -> None:
    toy.up(two)
    exported = toy.engine.export_state(program(two))
    assert "canary-4711" not in exported
    toy.up(lambda: two(2))
    toy.engine.import_state(program(two), exported)
    assert toy.diff(lambda: two(1)).changes == ()


def test_history_tells_what_was_done_newest_first(toy: Toy) -> None:
    toy.up(two)
    plan_of(toy.engine.destroy([program(two)]), "test.one")
    assert [update.kind for update in toy.engine.history(program(two))] == ["destroy", "update"]
