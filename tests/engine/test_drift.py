"""What a run that looked for drift found is kept, and a broken note is no news."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from regionctl.engine import Kind, Op, Plan, Step, Workspace
from regionctl.engine.state.filelock import whoami
from regionctl.engine.state.history import author, signed
from regionctl.engine.state.notes import Drift, drift_of, last_drift, record_drift
from regionctl.model.errors import EngineError

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
STACK = "prod.eu-west"


def plan(kind: Kind, *, error: EngineError | None = None) -> Plan:
    steps = tuple(
        Step(op=op, urn=f"urn:pulumi:{STACK}::regionctl::toy:index:Thing::{name}", type="toy:index:Thing", name=name)
        for op, name in ((Op.UPDATE, "b"), (Op.DELETE, "a"), (Op.SAME, "c"))
    )
    return Plan(stack=STACK, fleet="prod", region="eu-west", target="sandbox", kind=kind, steps=steps, error=error)


@pytest.mark.parametrize(("kind", "read"), [(Kind.PREVIEW_REFRESH, False), (Kind.REFRESH, True)])
def test_a_look_names_what_differs(kind: Kind, read: bool) -> None:
    assert drift_of(plan(kind), now=NOW) == Drift(seen=NOW, by=whoami(), resources=("a", "b"), read=read)


@pytest.mark.parametrize("kind", [Kind.PREVIEW, Kind.UP, Kind.DESTROY, Kind.PREVIEW_DESTROY])
def test_other_runs_say_nothing_about_drift(kind: Kind) -> None:
    assert drift_of(plan(kind), now=NOW) is None


def test_a_look_that_failed_says_nothing() -> None:
    assert drift_of(plan(Kind.PREVIEW_REFRESH, error=EngineError("it broke")), now=NOW) is None


def test_the_last_look_is_kept_in_a_private_file(tmp_path: Path) -> None:
    workspace = Workspace.default(tmp_path)
    assert last_drift(workspace, STACK) is None
    for resources in (("a", "b"), ()):
        drift = Drift(seen=NOW, by="ana@laptop", resources=resources, read=False)
        record_drift(workspace, STACK, drift)
        assert last_drift(workspace, STACK) == drift
    (file,) = (tmp_path / ".regionctl" / "drift").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"seen": 1, "by": "", "resources": []}'])
def test_a_broken_note_is_no_news(tmp_path: Path, content: bytes) -> None:
    workspace = Workspace.default(tmp_path)
    record_drift(workspace, STACK, Drift(seen=NOW, by="a@b", resources=(), read=False))
    (tmp_path / ".regionctl" / "drift" / f"{STACK}.json").write_bytes(content)
    assert last_drift(workspace, STACK) is None


def test_a_signed_message_gives_its_author_back() -> None:
    assert author(signed("up")) == whoami()


def test_other_messages_have_no_author() -> None:
    assert author("Merge branch 'main' by ana") is None
