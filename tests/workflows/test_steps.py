"""Every script of the workflows, run as GitHub would run it, on a fleet in the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.runner import Runner, StepFailed, cloned

FLEET = "staging"
SPEC = f"regions/{FLEET}/us-east.yaml"


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return cloned(tmp_path)


def change(runner: Runner) -> str:
    """A commit that gives us-east another database; returns the one before it."""
    base = runner.git("rev-parse", "HEAD")
    spec = runner.clone / SPEC
    spec.write_text(spec.read_text() + "\ndatabase:\n  tier: db-custom-8-32768\n")
    runner.git("commit", "--quiet", "--all", "--message", "Give us-east a larger database")
    return base


def test_a_pull_request_is_previewed_without_credentials(runner: Runner) -> None:
    runner.github = {"event": {"pull_request": {"base": {"sha": change(runner)}}}}
    runner.job("pull-request.yml", "declared", matrix={"fleet": FLEET})
    comment = (runner.artifacts / f"declared-{FLEET}" / "comment.md").read_text()
    assert "db-custom-8-32768" in comment
    assert comment in runner.summary
    assert not (runner.clone / ".regionctl").exists()


@pytest.mark.engine
@pytest.mark.timeout(600)
def test_a_stack_is_planned_applied_as_planned_and_watched(runner: Runner) -> None:
    inputs = {"fleet": FLEET, "stack": "auth"}
    assert runner.job("apply-stack.yml", "plan", inputs=inputs) == {"changes": "true"}
    assert "staging.auth" in runner.summary
    runner.job("apply-stack.yml", "apply", inputs=inputs)
    assert runner.job("apply-stack.yml", "plan", inputs=inputs) == {"changes": "false"}

    with pytest.raises(StepFailed, match="the plan was made at 0"):
        runner.job("apply-stack.yml", "apply", inputs=inputs)  # the artifact of the first plan

    watched = {"inputs": {"fleet": FLEET}, "matrix": {"stack": "auth"}}
    runner.job("drift-fleet.yml", "drift", **watched)


@pytest.mark.engine
def test_a_plan_that_fails_fails_its_job(runner: Runner) -> None:
    with pytest.raises(StepFailed, match="no stack is called 'eu-nowhere'"):
        runner.job("apply-stack.yml", "plan", inputs={"fleet": FLEET, "stack": "eu-nowhere"})
