"""A stack's config that lost its secrets: none is made anew without being asked for, and the old ones come back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pulumi
import pytest

from regionctl.engine import Plan, RunOptions
from regionctl.engine.secrets.slots import LostSecrets
from regionctl.model.errors import RegionctlError
from regionctl.model.program import SecretKind, SecretSlot, StackProgram
from tests.engine.conftest import Toy, plan_of, program
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine

SLOTS = {"made": SecretSlot(kind=SecretKind.GENERATED), "given": SecretSlot(kind=SecretKind.PROVIDED)}


def declared() -> None:
    Thing("holder", pulumi.Config().require_secret("made"))


def stack(slots: Mapping[str, SecretSlot] = SLOTS) -> StackProgram:
    return replace(program(declared), secrets=slots)


def run(toy: Toy, kind: str, options: RunOptions | None = None) -> Plan | RegionctlError:
    result: Plan | RegionctlError = getattr(toy.engine, kind)([stack()], options or RunOptions())["test.one"]
    return result


def applied(toy: Toy) -> str:
    plan_of(toy.engine.apply([stack()]), "test.one")
    return toy.engine.show_secret(stack(), "made")


def lose(toy: Toy, *keys: str) -> None:
    """Without a key: all of the file."""
    file = toy.engine.workspace.config_file("test.one")
    text = file.read_text()
    for key in keys:
        text = re.sub(rf"  toys:{key}:\n +secure:\s+\S+\n", "", text)
    assert not keys or text != file.read_text()
    file.write_text(text if keys else "")


@pytest.mark.parametrize("lost", [(), ("made",), ("given", "made")], ids=["all of it", "one", "two"])
@pytest.mark.parametrize("kind", ["plan", "apply"])
def test_what_the_state_knows_is_not_made_anew(toy: Toy, kind: str, lost: tuple[str, ...]) -> None:
    applied(toy)
    lose(toy, *lost)
    error = run(toy, kind)
    assert isinstance(error, LostSecrets)
    assert set(error.keys) == set(lost or SLOTS)
    assert set(lost or SLOTS) <= set(toy.engine.missing_secrets(stack()))


@pytest.mark.parametrize("lost", [(), ("made",)], ids=["all of it", "one"])
def test_what_was_lost_comes_back_as_it_was(toy: Toy, lost: tuple[str, ...]) -> None:
    value = applied(toy)
    lose(toy, *lost)
    assert set(toy.engine.restore_secrets(stack())) == set(lost or SLOTS)
    assert toy.engine.show_secret(stack(), "made") == value
    again = run(toy, "plan")
    assert isinstance(again, Plan)
    assert (again.error, again.changes) == (None, ())
    assert toy.engine.restore_secrets(stack()) == ()


def test_what_was_set_since_stays_where_others_come_back(toy: Toy) -> None:
    applied(toy)
    toy.engine.set_secret(stack(), "given", "newer")
    lose(toy, "made")
    assert toy.engine.restore_secrets(stack()) == ("made",)
    assert toy.engine.show_secret(stack(), "given") == "newer"


def test_values_under_another_salt_are_not_mixed_with_them(toy: Toy) -> None:
    applied(toy)
    lose(toy)
    toy.engine.set_secret(stack(), "given", "under a new salt")
    with pytest.raises(RegionctlError, match="encrypted anew"):
        toy.engine.restore_secrets(stack())
    assert toy.engine.show_secret(stack(), "given") == "under a new salt"


def test_asked_for_new_ones_are_made(toy: Toy) -> None:
    value = applied(toy)
    lose(toy)
    done = run(toy, "apply", RunOptions(replace_lost_secrets=True))
    assert isinstance(done, Plan)
    assert done.error is None
    assert toy.engine.show_secret(stack(), "made") != value


def test_a_secret_that_is_declared_since_is_made_without_a_question(toy: Toy) -> None:
    value = applied(toy)
    more = stack({**SLOTS, "later": SecretSlot(kind=SecretKind.GENERATED)})
    assert plan_of(toy.engine.apply([more]), "test.one").error is None
    assert toy.engine.show_secret(more, "made") == value
    assert toy.engine.missing_secrets(more) == ()


def test_what_is_deleted_needs_no_old_values(toy: Toy) -> None:
    applied(toy)
    lose(toy)
    gone = run(toy, "destroy")
    assert isinstance(gone, Plan)
    assert gone.error is None
    assert toy.cloud.ids() == []
    assert plan_of(toy.engine.apply([stack()]), "test.one").error is None  # made anew from nothing
