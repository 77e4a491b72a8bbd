"""One stack reads another's outputs, by the real engine and its file backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pytest

from regionctl.engine import Engine, Plan, Workspace
from regionctl.model.errors import RegionctlError
from regionctl.model.program import SecretKind, SecretSlot, StackProgram, Target
from stacks.applied import Applied

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.engine


def program(name: str, run: Callable[[], None], *secrets: str) -> StackProgram:
    return StackProgram(
        project="regionctl",
        name=f"trial.{name}",
        fleet="trial",
        region=None,
        target=Target.SANDBOX,
        run=run,
        secrets={key: SecretSlot(kind=SecretKind.GENERATED) for key in secrets},
    )


def region() -> None:
    pulumi.export("origin_address", "192.0.2.1")
    pulumi.export("edge_token", pulumi.Config().require_secret("token"))


def edge() -> None:
    applied = Applied("trial.eu-west")
    pulumi.export("address", applied.output("origin_address"))
    pulumi.export("token", applied.output("edge_token"))


def wants_more() -> None:
    pulumi.export("missing", Applied("trial.eu-west").output("certificate_dns_record"))


REGION = program("eu-west", region, "token")


@dataclass(frozen=True)
class Fleet:
    engine: Engine

    def up(self, stack: StackProgram) -> Plan | RegionctlError:
        return self.engine.apply([stack])[stack.name]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with Engine(workspace=Workspace.at(ROOT, str(tmp_path))).attached(REGION) as engine:
        yield Fleet(engine)


def _said(result: Plan | RegionctlError) -> str:
    return str(result) if isinstance(result, RegionctlError) else str(result.error)


def test_an_output_is_read_as_it_was_applied_and_a_secret_stays_one(fleet: Fleet) -> None:
    assert isinstance(fleet.up(REGION), Plan)
    reader = program("edge", edge)
    assert _said(fleet.up(reader)) == "None"
    assert dict(fleet.engine.outputs(reader)) == {"address": "192.0.2.1", "token": "[secret]"}
    shown = fleet.engine.outputs(reader, show_secrets=True)["token"]
    assert shown == fleet.engine.outputs(REGION, show_secrets=True)["edge_token"]


def test_an_output_that_is_not_there_names_the_stack_and_what_to_run(fleet: Fleet) -> None:
    fleet.up(REGION)
    said = _said(fleet.up(program("edge", wants_more)))
    assert "trial.eu-west has no output 'certificate_dns_record'" in said


def test_a_preview_takes_for_unknown_what_a_stack_does_not_say_yet(fleet: Fleet) -> None:
    assert isinstance(fleet.engine.plan([REGION])[REGION.name], Plan)
    planned = fleet.engine.plan([reader := program("edge", edge)])[reader.name]
    assert _said(planned) == "None"


def test_a_stack_that_was_never_applied_is_named(fleet: Fleet) -> None:
    assert "trial.eu-west" in _said(fleet.up(program("edge", edge)))
