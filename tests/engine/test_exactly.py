"""Applying exactly what was planned, or nothing, by the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from regionctl.engine import Expected, Plan, RunOptions, StateMoved, Workspace, find
from regionctl.engine.secrets.keywrap import CannotUnwrap
from regionctl.engine.state.session import Session
from regionctl.model.errors import CheckFailed, EngineError
from tests.engine.conftest import Toy, plan_of, program
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine

KEYED = RunOptions(fingerprint_key=b"k" * 32)
CANARY = "canary-4711-in-a-plan"


def anything(_plan: Plan) -> None:
    """A check that takes every plan."""


def expecting(toy: Toy, check: Callable[[Plan], None] = anything) -> dict[str, Expected]:
    return {"test.one": Expected(state=toy.engine.state_mark(program(lambda: None)), check=check)}


def one(value: object = 1) -> None:
    Thing("one", value)


def secretive(value: str) -> None:
    Thing("plain", "x")
    Thing("bird", {"deep": [pulumi.Output.secret(value).apply(lambda text: text[::-1])]})


def test_what_was_planned_is_applied(toy: Toy) -> None:
    toy.diff(one)
    done = plan_of(toy.engine.apply_exactly([program(one)], KEYED, expecting(toy)), "test.one")
    assert done.error is None
    assert toy.cloud.ids() == ["one/"]


def test_a_state_that_moved_is_refused(toy: Toy) -> None:
    toy.diff(one)
    expected = expecting(toy)
    toy.up(lambda: one(2))
    refused = toy.engine.apply_exactly([program(one)], KEYED, expected)["test.one"]
    assert isinstance(refused, StateMoved)
    assert (refused.planned.updates, refused.found.updates) == (0, 1)
    assert toy.diff(lambda: one(2)).changes == ()


def test_a_state_that_moves_after_the_check_is_refused_under_the_lock(toy: Toy) -> None:
    toy.up(lambda: None)

    def meanwhile(_plan: Plan) -> None:
        """Plain `pulumi`, which knows nothing of our lock, between our check and its own."""
        cli = find()
        assert cli
        plain = Session(program(one), toy.engine.backend, cli, None)
        state = json.loads(plain.call("stack", "export", "--stack", "test.one"))
        root = "pulumi:pulumi:Stack"
        urn = f"urn:pulumi:test.one::toys::{root}::toys-test.one"
        state["deployment"]["resources"] = [{"urn": urn, "type": root, "custom": False, "outputs": {"moved": 1}}]
        plain.call("stack", "import", "--stack", "test.one", text=json.dumps(state))

    results = toy.engine.apply_exactly([program(one)], KEYED, expecting(toy, meanwhile))
    refused = plan_of(results, "test.one")
    assert isinstance(refused.error, StateMoved)
    assert toy.cloud.ids() == []


def test_steps_that_the_check_refuses_are_not_taken(toy: Toy) -> None:
    def refuse(plan: Plan) -> None:
        raise CheckFailed(f"not {len(plan.changes)}")

    toy.diff(one)
    assert isinstance(toy.engine.apply_exactly([program(one)], KEYED, expecting(toy, refuse))["test.one"], CheckFailed)
    assert toy.cloud.ids() == []


def test_a_program_that_declares_something_else_at_last_is_stopped_and_shows_no_secret(toy: Toy) -> None:
    def fickle() -> None:
        secretive("first" if pulumi.runtime.is_dry_run() else CANARY)

    toy.diff(fickle)
    done = plan_of(toy.engine.apply_exactly([program(fickle)], KEYED, expecting(toy)), "test.one")
    assert isinstance(done.error, EngineError)
    assert "violates plan" in str(done.error)
    assert CANARY[::-1] not in repr(done) + str(done.error)
    assert "bird/" not in toy.cloud.ids()


def test_secrets_have_fingerprints_by_key(toy: Toy) -> None:
    def prints(value: str, key: bytes) -> str:
        plan = toy.diff(lambda: secretive(value), RunOptions(fingerprint_key=key))
        (found,) = plan.fingerprints.values()
        assert list(found) == ["value.deep[0]"]
        return found["value.deep[0]"]

    assert prints("a", b"1") == prints("a", b"1")
    assert prints("a", b"1") != prints("b", b"1")
    assert prints("a", b"1") != prints("a", b"2")


def test_a_key_is_opened_by_the_stacks_passphrase_alone(toy: Toy, tmp_path: Path) -> None:
    wrapped = toy.engine.wrap_key(program(one), b"\x01" * 32)
    assert toy.engine.unwrap_key(program(one), wrapped) == b"\x01" * 32
    assert "01" * 32 not in wrapped
    other = replace(toy.engine, workspace=Workspace.at(tmp_path, str(tmp_path / "other")))
    other.wrap_key(program(one), b"\x02" * 32)
    with pytest.raises(CannotUnwrap):
        other.unwrap_key(program(one), wrapped)
