"""Real stacks in clouds that behave as the real ones do, where that is not what one would wish."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from regionctl.engine import Engine, Op, RunOptions, Severity, Workspace
from regionctl.model.program import StackProgram
from regionctl.sandbox import clouds
from regionctl.sandbox.faults import FaultKind
from regions.spec import OrganisationSpec
from stacks.programs import programs
from stacks.secret_slots import DATABASE_PASSWORD
from tests.cli.holding import Holding
from tests.cli.holding import fleet as holding
from tests.sandbox.runs import changes, plan_of
from tests.stacks.fleets import PROD, fleet

__all__ = ["holding"]

pytestmark = pytest.mark.engine


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "Pulumi.yaml").write_text("name: regionctl\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    return Workspace.default(tmp_path)


def stacks_of_an_organisation() -> dict[str, StackProgram]:
    organisation = OrganisationSpec(id="123456789012", billing_account="01AB23-CD45EF-678901")
    return programs(replace(PROD, spec=fleet(organisation=organisation)))


def test_a_first_up_comes_through_where_no_grant_counts_at_once(workspace: Workspace) -> None:
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


def test_what_came_up_is_what_was_declared_though_the_clouds_answer_otherwise(workspace: Workspace) -> None:
    """By a number for an id, without a zero, with a filter of their own: none of it is a change at the next plan."""
    stacks = stacks_of_an_organisation()
    with Engine(workspace=workspace).attached(stacks["prod.auth"]) as engine:
        for stack in ("prod.auth", "prod.eu-west"):
            assert plan_of(engine.apply([stacks[stack]])).error is None
            assert changes(engine.plan([stacks[stack]], RunOptions(refresh=True))) == {}


def test_a_rotated_password_is_rolled_out_with_another_run_of_the_migration(workspace: Workspace) -> None:
    auth = programs(PROD)["prod.auth"]
    with Engine(workspace=workspace).attached(auth) as engine:
        changes(engine.apply([auth]))
        engine.set_secret(auth, DATABASE_PASSWORD, "a-long-password-of-thirty-two-chars")
        assert changes(engine.apply([auth]))["migrate-job"] == {Op.UPDATE}


def test_a_migration_that_was_run_by_hand_is_no_drift_and_holds_nothing_up(holding: Holding) -> None:
    """Cloud Run forgets the token of a job's run then, and refuses to be told it again."""
    run = holding.run
    assert run("up", "auth", "--yes").code == 0
    assert run("sandbox", "edit", "migrate-job", 'runExecutionToken=""').code == 0
    assert run("drift", "auth").code == 0
    assert run("refresh", "auth", "--yes").code == 0
    file = holding.file("prod/fleet.yaml")
    file.write_text(file.read_text().replace("oncall@acme.example", "night@acme.example"))
    refreshed = run("up", "auth", "--refresh", "--yes")
    assert refreshed.code == 0, refreshed.err
    assert run("diff", "auth", "--detailed-exitcode").code == 0
