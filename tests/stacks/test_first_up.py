"""A first `up` of real stacks, in a cloud whose servers hear of a grant late."""

from __future__ import annotations

from pathlib import Path

import pytest

from regionctl.engine import Engine, Severity, Workspace
from regionctl.sandbox import clouds
from regionctl.sandbox.faults import FaultKind
from stacks.programs import programs
from tests.sandbox.runs import changes, plan_of
from tests.stacks.fleets import PROD

pytestmark = pytest.mark.engine


def test_a_first_up_comes_through_where_no_grant_counts_at_once(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: regionctl\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    workspace = Workspace.default(tmp_path)
    stacks = programs(PROD)
    with Engine(workspace=workspace).attached(stacks["prod.auth"]) as engine:
        clouds.add_fault(workspace.sandbox_data("prod"), FaultKind.STALE_GRANTS, count=1)
        for stack in ("prod.auth", "prod.eu-west"):
            plan = plan_of(engine.apply([stacks[stack]]))
            assert plan.error is None, plan.error
            assert plan.summary["same"] == 0  # what the first try made is not told as unchanged by the last one
            assert any("knows the new grants yet" in said.message for said in plan.diagnostics)
            assert not [said for said in plan.diagnostics if said.severity is Severity.ERROR]
            assert changes(engine.plan([stacks[stack]])) == {}
