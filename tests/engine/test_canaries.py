"""Secrets are nowhere in plain text: not in the state, history, logs or temporary files, nor in events and errors."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from regionctl.engine import Event, Plan, document
from regionctl.model.program import SecretKind, SecretSlot, StackProgram
from tests.engine.conftest import Toy, program
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine

CANARY = "canary-4711-feathers-of-yellow"
ENCODED = base64.b64encode(CANARY.encode()).decode().rstrip("=")


def secretive(run: Callable[[], None]) -> StackProgram:
    return replace(program(run), secrets={"bird": SecretSlot(kind=SecretKind.PROVIDED)})


def everywhere(fault: str | None = None) -> None:
    """The secret as itself, inside a list and an object, in text, derived, as an output of resource and stack."""
    bird = pulumi.Config().require_secret("bird")
    plain = Thing("plain", bird)
    Thing("nested", {"list": [bird], "text": pulumi.Output.concat("a ", bird, " b")}, fault=fault)
    Thing("derived", bird.apply(lambda value: value[::-1]), immutable=bird)
    Thing("hidden", "x", opts=pulumi.ResourceOptions(additional_secret_outputs=["value"]))
    pulumi.export("bird", bird)
    pulumi.export("inside", {"deep": [plain.path, bird]})


def stumbles() -> None:
    def complain(value: str) -> None:
        raise ValueError(f"{value} is no name")

    pulumi.export("bird", pulumi.Config().require_secret("bird").apply(complain))


def files(toy: Toy, temporary: Path) -> Iterator[Path]:
    for folder in (toy.folder, temporary):
        yield from (p for p in folder.rglob("*") if p.is_file() and p.name != "toy.db")  # the toy keeps no secrets


def holds_canary(content: bytes) -> bool:
    return any(word.encode() in content for word in (CANARY, CANARY[::-1], ENCODED))


def test_no_secret_is_anywhere_in_plain_text(
    toy: Toy,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    temporary = tmp_path_factory.mktemp("tmp")
    monkeypatch.setenv("TMPDIR", str(temporary))
    seen: list[object] = []

    def keep(event: Event) -> None:
        seen.append(event)

    engine = replace(toy.engine, on_event=keep)
    stack = secretive(everywhere)
    engine.set_secret(stack, "bird", CANARY)
    for run in (
        engine.plan,
        engine.apply,
        engine.plan,
        lambda _: engine.apply([secretive(lambda: everywhere("tell"))]),
        lambda _: engine.apply([secretive(stumbles)]),
        engine.plan_refresh,
        engine.refresh,
        engine.plan_destroy,
    ):
        result = run([stack])[stack.name]
        seen += [result, str(result.error if isinstance(result, Plan) else result)]
        if isinstance(result, Plan):
            seen.append(json.dumps(document([result], same=True)))
    seen += [engine.outputs(stack), engine.history(stack), engine.export_state(stack), repr(engine.state(stack))]
    assert [error for error in seen if isinstance(error, str) and "the value is wrong" in error]
    assert [error for error in seen if isinstance(error, str) and "ValueError" in error]
    assert engine.show_secret(stack, "bird") == CANARY
    assert engine.outputs(stack, show_secrets=True)["bird"] == CANARY

    leaking = [str(path) for path in files(toy, temporary) if holds_canary(path.read_bytes())]
    assert leaking == []
    assert [thing for thing in seen if holds_canary(_bytes(thing))] == []
    assert not holds_canary("".join(capfd.readouterr()).encode())


def _bytes(thing: object) -> bytes:
    if isinstance(thing, Plan):  # its error travels as text beside it
        thing = replace(thing, error=None)
    try:
        return pickle.dumps(thing)
    except (TypeError, AttributeError):
        return repr(thing).encode()
