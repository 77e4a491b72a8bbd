"""Pulumi's policy packs go on working: the engine asks them in a plan and in an apply."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from regionctl.engine import RunOptions, Severity
from tests.engine.conftest import Toy
from tests.engine.policy import FORBIDDEN, make_pack
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return folder


def forbidden() -> None:
    Thing("first", FORBIDDEN)


def test_a_mandatory_policy_refuses_a_plan_and_an_apply(toy: Toy, packs: Path) -> None:
    options = RunOptions(policy_packs=(str(make_pack(packs, "MANDATORY")),))
    for plan in (toy.diff(forbidden, options), toy.up(forbidden, options)):
        assert plan.error is not None
        said = [one for one in plan.diagnostics if "acme/no-forbidden-values" in one.message]
        assert [one.severity for one in said] == [Severity.ERROR]
        assert "this value is not allowed" in said[0].message
    assert toy.cloud.ids() == []


def test_an_advisory_policy_warns(toy: Toy, packs: Path) -> None:
    options = RunOptions(policy_packs=(str(make_pack(packs, "ADVISORY")),))
    plan = toy.up(forbidden, options)
    assert plan.error is None
    assert [one.severity for one in plan.diagnostics if "acme/" in one.message] == [Severity.WARNING]
    assert toy.cloud.ids() == ["first/"]
