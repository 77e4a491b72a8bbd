"""Every script of the workflows, run as GitHub would run it, on a fleet in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.github.server import REPO, Answer, FakeGitHub, serving
from tests.workflows.reading import files
from tests.workflows.runner import Runner, StepFailed, cloned

FLEET = "staging"
SPEC = f"regions/{FLEET}/us-east.yaml"


@dataclass
class PullRequests(FakeGitHub):
    """Knows which pull requests are open, too: by head (`owner:branch`), their numbers and commits.

    https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
    """

    heads: Mapping[str, list[tuple[int, str]]] = field(default_factory=dict)

    def _answer(self, method: str, path: str, target: str, body: Any) -> Answer:
        if path != f"/repos/{REPO}/pulls":
            return super()._answer(method, path, target, body)
        (head,) = parse_qs(urlsplit(target).query)["head"]
        return Answer(200, [{"number": number, "head": {"sha": sha}} for number, sha in self.heads.get(head, [])])


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
    assert "db-custom-8-32768" in (runner.artifacts / f"declared-{FLEET}" / "change.json").read_text()
    assert "db-custom-8-32768" in runner.summary
    assert not (runner.clone / ".regionctl").exists()


def test_the_proofs_are_given(runner: Runner) -> None:
    runner.job("pull-request.yml", "proofs")
    assert "residency" in runner.summary


def test_the_comment_is_put_on_the_pull_request_that_github_names(runner: Runner) -> None:
    runner.github = {"event": {"pull_request": {"base": {"sha": change(runner)}}}}
    runner.job("pull-request.yml", "declared", matrix={"fleet": FLEET})
    repository = {"owner": {"login": "ada"}, "full_name": "ada/infra"}
    head = {
        "head_repository": repository,
        "head_branch": "larger",
        "head_sha": "5ha",
        "html_url": "https://run.example",
    }
    runner.github = {"token": "t0ken", "event": {"workflow_run": head}}
    pull_requests = PullRequests(token="t0ken", heads={"ada:larger": [(6, "0lder"), (7, "5ha")]})
    with serving(pull_requests) as github:
        runner.environment = {"GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": REPO}
        runner.job("comment.yml", "comment")
        (body,) = github.bodies
        assert "db-custom-8-32768" in body
        assert "From a fork" in body

        runner.github = {"token": "t0ken", "event": {"workflow_run": {**head, "head_sha": "n0ne"}}}
        runner.job("comment.yml", "comment")
        assert len(github.bodies) == 1


def test_each_wave_is_a_matrix(runner: Runner) -> None:
    outputs = runner.job("apply-fleet.yml", "stacks", inputs={"fleet": FLEET})
    waves = [[entry["stacks"] for entry in json.loads(outputs[f"wave-{wave}"])["include"]] for wave in range(3)]
    assert waves == [["staging.auth"], ["staging.eu-west", "staging.us-east"], ["staging.edge"]]
    watched = runner.job("drift-fleet.yml", "stacks", inputs={"fleet": FLEET})
    assert len(json.loads(watched["stacks"])["include"]) == 4


@pytest.mark.engine
@pytest.mark.timeout(900)
def test_a_stack_is_planned_applied_as_planned_and_watched(runner: Runner) -> None:
    entry = {"name": "staging.auth", "stacks": "staging.auth"}
    inputs = {"fleet": FLEET, **entry}
    assert runner.job("apply-stack.yml", "plan", inputs=inputs) == {"changes": "true"}
    assert "### staging.auth" in runner.summary
    runner.job("apply-stack.yml", "apply", inputs=inputs)
    assert runner.job("apply-stack.yml", "plan", inputs=inputs) == {"changes": "false"}
    with pytest.raises(StepFailed, match="the plan was made at 0"):
        runner.job("apply-stack.yml", "apply", inputs=inputs)  # by the artifact of the first plan

    runner.job("drift-fleet.yml", "drift", inputs={"fleet": FLEET}, matrix=entry)
    runner.job("pull-request.yml", "planned", matrix={"fleet": FLEET})
    assert "us-east" in (runner.artifacts / f"planned-{FLEET}" / "change.json").read_text()


@pytest.mark.engine
def test_a_plan_that_fails_fails_its_job(runner: Runner) -> None:
    with pytest.raises(StepFailed, match="no stack is called 'eu-nowhere'"):
        runner.job("apply-stack.yml", "plan", inputs={"fleet": FLEET, "name": "x", "stacks": "eu-nowhere"})


def test_no_job_with_a_script_is_left_out() -> None:
    here = Path(__file__).read_text()
    scripted = [
        f'"{file.name}", "{name}"'
        for file in files().values()
        for name, job in file.jobs.items()
        if any("run" in step for step in job.get("steps", [])) and file.name != "checks.yml"  # that is this very run
    ]
    assert [job for job in scripted if job not in here] == []
