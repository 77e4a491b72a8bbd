"""What an adoption asks of the engine: it imports what is equal, refuses what would change, and leaves no half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from regionctl.adopt.apply import Accepted, NotReadable, Outcome, Record, adopt
from regionctl.adopt.classify import classify, rules
from regionctl.adopt.declared import declared
from regionctl.adopt.readers import read
from regionctl.engine import Engine, Plan
from regionctl.engine.runs.importing import Import
from regionctl.engine.state.failures import RunFailed
from regionctl.model.events import ChangeKind, Op, PropertyChange, Step
from regionctl.model.plan import Kind
from regionctl.model.program import StackProgram
from tests.adopt.clouds import export, us_east

CANARY = "canary-of-a-secret"


class Said:
    """An engine that says what a test tells it, and remembers what it was asked."""

    def __init__(self, program: StackProgram, differs: Mapping[str, Sequence[PropertyChange]] | None = None) -> None:
        self._program = program
        self._differs = differs or {}
        self.held: dict[str, Import] = {}
        self.secrets: dict[str, str] = {}
        self.unreadable = False

    def state(self, _program: StackProgram) -> Any:
        return SimpleNamespace(resources=[SimpleNamespace(urn=urn) for urn in self.held])

    def plan_import(self, program: StackProgram, ids: Mapping[tuple[str, str], str]) -> Mapping[str, Plan]:
        assert all(ids.values())
        urns = {one.name: urn for urn, one in us_east()[1].resources.items()}
        steps = tuple(
            Step(op=Op.UPDATE, urn=urns[name], type="", name=name, diff=tuple(changes))
            for name, changes in self._differs.items()
        )
        gone = RunFailed(program.name, "cache-instance: it does not exist\npreview failed", ())
        plan = Plan(
            stack=program.name,
            fleet=program.fleet,
            region=program.region,
            target="sandbox",
            kind=Kind.PREVIEW,
            steps=steps,
            error=gone if self.unreadable else None,
        )
        return {program.name: plan}

    def import_existing(self, _program: StackProgram, imports: Sequence[Import]) -> None:
        seen = set(self.held)
        for one in imports:
            assert one.parent is None or one.parent in seen, f"{one.name} before its parent"
            seen.add(one.urn)
        self.held |= {one.urn: one for one in imports}

    def forget(self, _program: StackProgram, urns: Sequence[str]) -> None:
        self.held = {urn: one for urn, one in self.held.items() if urn not in urns}

    def secret_inputs(self, _program: StackProgram, urns: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        return {urn: {"secretData": CANARY} for urn in urns if "secretVersion" in urn}

    def set_secret(self, _program: StackProgram, key: str, value: str) -> None:
        self.secrets[key] = value

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.held.values() if one.id is not None}


def run(folder: Path, engine: Said, *accept: str) -> Outcome:
    program, declaration = us_east()
    if not (folder / "export").exists():
        export(folder / "export")
    looked_for = declared(declaration, program.config)
    project, location = program.config["gcp:project"], program.config["gcp:region"]
    coverage = classify(read(folder / "export"), looked_for, rules(), project=project, location=location)
    record = Record(folder / "record.json")
    return adopt(cast(Engine, engine), program, declaration, coverage, record=record, accept=Accepted(accept))


@pytest.fixture
def engine() -> Said:
    return Said(us_east()[0])


def change(path: str, old: Any, new: Any) -> PropertyChange:
    return PropertyChange(path=path, kind=ChangeKind.UPDATE, old=old, new=new)


TIER = change("settings.tier", "db-custom-4-16384", "db-custom-8-32768")
LABEL = change("settings.userLabels.team", "platform", None)


def test_everything_that_is_equal_is_imported_below_its_components(tmp_path: Path, engine: Said) -> None:
    outcome = run(tmp_path, engine)
    assert len(outcome.imported) == 138
    assert {"database-instance", "network-vpc", "watch-dashboard", "project-agent-pubsub"} <= engine.names
    assert all(one.id for one in engine.held.values() if one.type.startswith("gcp:"))


def test_an_import_that_would_change_a_property_is_refused_with_the_difference(tmp_path: Path) -> None:
    engine = Said(us_east()[0], {"database-instance": [TIER, LABEL]})
    outcome = run(tmp_path, engine)
    (refusal,) = outcome.refused
    assert (refusal.name, refusal.changes) == ("database-instance", (TIER, LABEL))
    assert "database-instance" not in engine.names
    assert len(outcome.imported) == 137


@pytest.mark.parametrize(
    ("accept", "imported"),
    [
        (("database-instance",), True),
        (("settings.tier", "settings.userLabels*"), True),
        (("settings",), True),
        (("*",), True),
        (("settings.tier",), False),
        (("network-*",), False),
    ],
)
def test_a_difference_is_accepted_by_resource_or_property(
    tmp_path: Path, accept: tuple[str, ...], imported: bool
) -> None:
    engine = Said(us_east()[0], {"database-instance": [TIER, LABEL]})
    outcome = run(tmp_path, engine, *accept)
    assert ("database-instance" in engine.names) is imported
    assert len(outcome.accepted) == imported


def test_what_only_the_provider_knows_is_no_change_of_the_cloud(tmp_path: Path) -> None:
    engine = Said(us_east()[0], {"database-instance": [change("deletionProtection", False, True)]})
    assert not run(tmp_path, engine).refused


def test_a_password_that_the_cloud_does_not_tell_is_named_and_refuses_nothing(tmp_path: Path) -> None:
    engine = Said(us_east()[0], {"database-user-migrate": [change("password", None, "[secret]")]})
    outcome = run(tmp_path, engine)
    assert not outcome.refused
    assert outcome.unread == {"database-user-migrate": ("password",)}


def test_the_values_of_secrets_become_those_of_the_stacks_config(tmp_path: Path, engine: Said) -> None:
    outcome = run(tmp_path, engine)
    assert set(outcome.taken_over) == {"database-password", "session-key", "smtp-password"}
    assert set(engine.secrets.values()) == {CANARY}
    assert CANARY not in (tmp_path / "record.json").read_text()
    assert CANARY not in repr(outcome)


def test_a_service_agent_is_what_the_grants_to_it_say(tmp_path: Path, engine: Said) -> None:
    run(tmp_path, engine)
    (agent,) = (one for one in engine.held.values() if one.name == "project-agent-pubsub")
    assert agent.outputs["member"].startswith("serviceAccount:service-")
    assert agent.outputs["email"] == agent.outputs["member"].removeprefix("serviceAccount:")


def test_nothing_stays_imported_where_not_everything_can_be_read(tmp_path: Path, engine: Said) -> None:
    engine.unreadable = True
    with pytest.raises(NotReadable) as refused:
        run(tmp_path, engine)
    assert "cache-instance: it does not exist; export again" in str(refused.value)
    assert not engine.names


def test_a_second_run_imports_what_is_left_and_leaves_the_rest_alone(tmp_path: Path, engine: Said) -> None:
    run(tmp_path, engine)
    kept = {urn: one for urn, one in engine.held.items() if "network" not in one.name}
    engine.held = dict(kept)
    outcome = run(tmp_path, engine)
    assert outcome.before == 138 - len(outcome.imported)
    assert all("network" in urn for urn in outcome.imported)
