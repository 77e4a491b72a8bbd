"""What a passphrase protects is encrypted and opened here as Pulumi's CLI does it, so that either reads the other's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regionctl.engine import Engine, find
from regionctl.engine.state.passphrase import Cipher, NotOpened
from regionctl.engine.state.session import Session
from regionctl.engine.state.stackconfig import StackConfig
from regionctl.model.program import SecretKind, SecretSlot, StackProgram
from tests.engine.conftest import Toy, program
from tests.engine.toy import Thing

CANARY = "canary-4be1\nwith 'lines' and ünïcode: {}"
CIPHER = Cipher.new("a passphrase")


@given(st.text())
@settings(max_examples=200)
def test_what_is_sealed_opens_with_the_same_passphrase_and_salt(text: str) -> None:
    sealed = CIPHER.seal(text)
    assert CIPHER.open(sealed) == text
    assert CIPHER.seal(text) != sealed, "each has a nonce of its own"


def test_another_passphrase_is_known_by_the_salt() -> None:
    assert Cipher("a passphrase", CIPHER.salt).open(CIPHER.seal("x")) == "x"
    with pytest.raises(NotOpened):
        Cipher("another", CIPHER.salt)


@pytest.mark.parametrize("text", ["", "v1", "v1:", "v1:AAAA:AAAA", "v2:AAAA:AAAA", "v1:é:é", "plain"])
def test_a_text_of_another_format_is_not_opened(text: str) -> None:
    with pytest.raises(NotOpened):
        CIPHER.open(text)


def declare() -> None:
    Thing("only", "value")


def stack() -> StackProgram:
    return replace(program(declare), secrets={"bird": SecretSlot(kind=SecretKind.GENERATED)})


def session(engine: Engine) -> Session:
    cli = find()
    assert cli is not None
    return Session(stack(), engine.backend, cli, None)


@pytest.mark.engine
def test_pulumi_reads_what_was_set_here_and_we_read_what_it_sets(toy: Toy) -> None:
    engine = toy.engine
    engine.set_secret(stack(), "bird", CANARY)
    config = engine.workspace.config_file("test.one")
    assert CANARY[:11] not in config.read_text()
    pulumi = session(engine)
    where = ("toys:bird", "--stack", "test.one")
    assert pulumi.call("config", "get", *where) == CANARY

    pulumi.call("config", "set", "--secret", *where, text="set by Pulumi")
    assert engine.show_secret(stack(), "bird") == "set by Pulumi"
    engine.set_secret(stack(), "bird", CANARY)
    assert pulumi.call("config", "get", *where) == CANARY


@pytest.mark.engine
def test_a_stack_that_was_made_here_is_one_to_pulumi(toy: Toy) -> None:
    engine = toy.engine
    engine.set_secret(stack(), "bird", CANARY)
    pulumi = session(engine)
    assert "test.one" in pulumi.call("stack", "ls")
    assert '"deployment": null' in pulumi.call("stack", "export", "--stack", "test.one")
    salt = StackConfig(engine.workspace.config_file("test.one")).salt
    assert toy.up(stack().run).error is None
    assert StackConfig(engine.workspace.config_file("test.one")).salt == salt
    assert [resource.name for resource in engine.state(stack()).resources] == ["only"]
