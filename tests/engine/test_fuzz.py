"""Damaged files beside and in a state, one reader after another: each is read, or refused in a line with its place."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from regionctl.engine import Workspace
from regionctl.engine.state.checkpoint import DamagedState, parse_export, read_checkpoint
from regionctl.engine.state.disk import is_whole
from regionctl.engine.state.filelock import holder
from regionctl.engine.state.locks import locks
from regionctl.engine.state.notes import last_drift, left
from regionctl.engine.state.repair import newest_kept
from regionctl.engine.state.stackconfig import StackConfig
from regionctl.model.errors import EngineError, Position
from regionctl.system.reading import NotOfTheShape
from tests.engine.conftest import program
from tests.mutants import in_bytes, in_values

MUTANTS = 150  # of each file, and as many of its values
STACK = program(lambda: None)
ROOT = "pulumi:pulumi:Stack"
THING = "toy:index:Thing"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}


def _resource(type_: str, name: str, **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:test.one::toys::{type_}::{name}"
    return {"urn": urn, "type": type_, "custom": type_ == THING, "created": "2026-11-27T10:00:00Z", **more}


DEPLOYMENT = {
    "manifest": {"time": "2026-11-27T10:00:00.123456789Z", "magic": "abc", "version": "v3.259.0"},
    "secrets_providers": {"type": "passphrase", "state": {"salt": "v1:a:v1:b"}},
    "resources": [
        _resource(ROOT, "toys-test.one", outputs={"url": "https://a.example", "hidden": SECRET}),
        _resource(
            THING,
            "first",
            id="first/",
            inputs={"value": [1, 2.5, {"deep": None}]},
            outputs={"path": "things/first/"},
            parent=f"urn:pulumi:test.one::toys::{ROOT}::toys-test.one",
            dependencies=[],
            propertyDependencies={"value": None},
            protect=True,
        ),
        _resource(THING, "second", id="second/", dependencies=[f"urn:pulumi:test.one::toys::{THING}::first"]),
    ],
    "pending_operations": [{"resource": _resource(THING, "third"), "type": "creating"}],
    "metadata": {},
}
STATE = json.dumps({"version": 3, "checkpoint": {"stack": "organization/toys/test.one", "latest": DEPLOYMENT}})
EXPORT = json.dumps({"version": 3, "deployment": DEPLOYMENT}, indent=4)
LINE = {"at": "2026-11-27T10:00:00+00:00", "by": "ana@laptop", "pid": 4711, "command": "up", "stack": "test.one"}
JOURNAL = "\n".join(json.dumps({**LINE, "event": event}) for event in ("planned", "started", "failed"))
DRIFT = json.dumps({"seen": "2026-11-27T10:00:00+00:00", "by": "ana@laptop", "resources": ["first"], "read": False})
LOCK = json.dumps({"pid": 4711, "username": "ada", "hostname": "laptop", "timestamp": "2026-11-27T10:00:00.123456789Z"})
NOTE = json.dumps({"by": "a@b", "pid": 1, "since": "2026-11-27T10:00:00Z", "machine": "x", "pulumi_locks": ["7d6c"]})
ATTRIBUTES = json.dumps(
    {
        "user.cache_control": "",
        "user.content_type": "text/plain; charset=utf-8",
        "user.metadata": None,
        "md5": "KYR/2x3rWc7LEsI7EYTktQ==",
    }
)
CONFIG = """\
# by hand
encryptionsalt: v1:LGHAZv029WY=:v1:JG6JABcnVMWBaN7/:sjxyEOErKsV7dEt0Ihj7s9i7/dc6tQ==
config:
  toys:made:
    secure: v1:MlIsa2kEPAgWtXTK:zHb8h8/OsNr
  toys:size: "3"
  gcp:project: acme
  toys:secrets-set-on: '{"made": "2026-11-27"}'
"""


def damaged(text: str) -> Sequence[bytes]:
    """The same ones in every run."""
    mutants = [in_bytes(text, random.Random(f"bytes{seed}")) for seed in range(MUTANTS)]
    if text != CONFIG:
        mutants += [in_values(text, random.Random(f"values{seed}")) for seed in range(MUTANTS)]
    return [*mutants, b"", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b'{"a": 1e999}', b'"\\ud800"']


def each(text: str, look: Callable[[bytes], object], refusals: tuple[type[Exception], ...] = ()) -> int:
    """How many were refused. What is read must be fit to be shown and written."""
    refused, said = 0, []
    for content in damaged(text):
        try:
            json.dumps(look(content), default=str, allow_nan=False, ensure_ascii=False).encode()
        except refusals as error:
            refused += 1
            said.append(str(error))
        except Exception as error:  # what must not be, with the mutant that did it
            raise AssertionError(f"{content[:2000]!r}") from error
    assert all("\n" not in line for line in said)
    return refused


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    found = Workspace.at(tmp_path, str(tmp_path / "state"))
    found.prepare(STACK)
    return found


def _in(path: Path | None) -> Path:
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_a_damaged_state_is_read_or_refused(workspace: Workspace) -> None:
    path = _in(workspace.checkpoint(STACK))

    def look(content: bytes) -> Any:
        path.write_bytes(content)
        found = read_checkpoint(workspace, STACK)
        assert found is not None
        names = [
            [one.name, one.type, one.parent, *one.dependencies, *one.property_dependencies] for one in found.resources
        ]
        return names, found.outputs, [str(one) for one in found.pending], [one.inputs for one in found.resources]

    assert each(STATE, look, (DamagedState,)) > MUTANTS
    path.write_text(STATE)
    assert read_checkpoint(workspace, STACK) is not None


def test_a_damaged_state_that_was_kept_is_passed_over(workspace: Workspace) -> None:
    backup = _in(workspace.checkpoint(STACK)).with_name("test.one.json.bak")

    def look(content: bytes) -> Any:
        backup.write_bytes(content)
        return [
            kept.checkpoint.resources[0].name for kept in newest_kept(workspace, STACK)[0] if kept.checkpoint.resources
        ]

    assert each(STATE, look) == 0


def test_a_damaged_export_is_read_or_refused() -> None:
    assert each(EXPORT, lambda content: parse_export(content.decode(errors="replace")).outputs, (NotOfTheShape,)) > 0


def test_of_a_damaged_journal_what_can_be_read_is_told(workspace: Workspace) -> None:
    file = _in(workspace.beside_state / "journal" / "test" / "20261127T100000.000000-4711.jsonl")

    def look(content: bytes) -> Any:
        file.write_bytes(content)
        return [[one.stack, one.command, one.by, f"{one.at:%Y-%m-%d}"] for one in left(workspace, "test")]

    assert each(JOURNAL, look) == 0


def test_a_damaged_note_of_drift_says_nothing(workspace: Workspace) -> None:
    file = _in(workspace.beside_state / "drift" / "test.one.json")

    def look(content: bytes) -> Any:
        file.write_bytes(content)
        seen = last_drift(workspace, "test.one")
        return seen and [seen.by, *seen.resources, f"{seen.seen:%Y-%m-%d}"]

    assert each(DRIFT, look) == 0


@pytest.mark.parametrize("name", ["7d6c0f5e.json", "7d6c0f5e.json.18ebdf.tmp"])
def test_a_damaged_lock_holds_the_stack_and_can_be_shown(workspace: Workspace, name: str) -> None:
    file = _in((workspace.lock_dir(STACK) or Path()) / name)

    def look(content: bytes) -> Any:
        file.write_bytes(content)
        (lock,) = locks(workspace, STACK)
        assert not lock.stale
        return str(lock)

    assert each(LOCK, look) == 0


def test_a_damaged_note_of_a_lock_proves_nothing(workspace: Workspace) -> None:
    note = _in(workspace.run_lock(STACK))
    lock = _in((workspace.lock_dir(STACK) or Path()) / "7d6c.json")
    lock.write_text(LOCK)

    def look(content: bytes) -> Any:
        note.write_bytes(content)
        (found,) = locks(workspace, STACK)
        assert not found.stale
        return str(holder(note))

    assert each(NOTE, look) == 0


def test_attributes_are_whole_or_they_are_not(tmp_path: Path) -> None:
    file = tmp_path / "test.one.json.attrs"

    def look(content: bytes) -> Any:
        file.write_bytes(content)
        return is_whole(file)

    assert each(ATTRIBUTES, look) == 0
    file.write_text(ATTRIBUTES)
    assert is_whole(file)
    file.write_text('{"user.content_type": 3}')
    assert not is_whole(file)


def test_a_damaged_stack_config_is_read_or_refused_at_its_place(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.test.one.yaml"

    def look(content: bytes) -> Any:
        file.write_bytes(content)
        config = StackConfig(file)
        by_hand: Mapping[str, str] = config.by_hand("toys", {})
        places = [str(config.position(key)) for key in config.encrypted]
        config.update({"toys:size": "4"})
        return config.salt, dict(by_hand), places, dict(config.encrypted), dict(config.set_on("toys"))

    assert each(CONFIG, look, (EngineError,)) > 0


def test_a_stack_config_that_is_no_yaml_is_refused_at_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.test.one.yaml"
    file.write_text("config:\n  toys:a: [1,\n")
    with pytest.raises(EngineError) as error:
        StackConfig(file)
    assert isinstance(error.value.where, Position)
    assert error.value.where.line == 3


@pytest.mark.parametrize("path", ["state", "config", "journal", "drift", "lock"])
def test_a_folder_in_a_files_place_is_read_as_none_or_refused(workspace: Workspace, path: str) -> None:
    """Somebody's sync tool or a container's mount makes one where it finds none."""
    places: Mapping[str, tuple[Path | None, Callable[[], object]]] = {
        "state": (workspace.checkpoint(STACK), lambda: read_checkpoint(workspace, STACK)),
        "config": (workspace.config_file("test.one"), lambda: StackConfig(workspace.config_file("test.one"))),
        "journal": (workspace.beside_state / "journal" / "test" / "a.jsonl", lambda: left(workspace, "test")),
        "drift": (workspace.beside_state / "drift" / "test.one.json", lambda: last_drift(workspace, "test.one")),
        "lock": ((workspace.lock_dir(STACK) or Path()) / "a.json", lambda: locks(workspace, STACK)),
    }
    folder, look = places[path]
    _in(folder).mkdir()
    if path in {"state", "config"}:
        with pytest.raises(EngineError, match=r"folder|directory"):
            look()
    else:
        look()
