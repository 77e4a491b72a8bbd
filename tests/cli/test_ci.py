"""`regionctl ci comment` and `ci matrix`, as a workflow calls them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from fleet.matrix import MOST_JOBS, entries
from regionctl.engine import Kind, Plan
from regionctl.github import change_document
from regionctl.model.program import StackProgram, Target
from tests.cli.holding import Holding, Said, fleet
from tests.folding.plans import TOKENS, change, plan, step
from tests.github.server import REPO, Answer, FakeGitHub, serving

__all__ = ["fleet"]
BASE = "0123456789" * 4
AUTH, AP, EU, US, EDGE = ("prod.auth", "prod.ap-south", "prod.eu-west", "prod.us-east", "prod.edge")


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    with serving(FakeGitHub(token=secrets.token_hex(8))) as fake:
        monkeypatch.setenv("GITHUB_API_URL", fake.url)
        monkeypatch.setenv("GITHUB_TOKEN", fake.token)
        yield fake


def comment(
    fleet: Holding, *plans: Plan, key: str = "declared-prod", text: str | None = None, args: Sequence[str] = ()
) -> Said:
    """`ci comment` on an artifact that holds these plans, or this text."""
    folder = fleet.root / "artifacts" / key
    folder.mkdir(parents=True, exist_ok=True)
    base = None if key.startswith("planned") else BASE
    kind = Kind.PREVIEW if base is None else Kind.REVISION
    of_kind = [replace(plan, kind=kind) for plan in plans]
    (folder / "change.json").write_text(
        text if text is not None else change_document("prod", of_kind, base=base, failed=(), tokens=TOKENS)
    )
    return fleet.run("ci", "comment", "--artifacts", str(folder.parent), "--repo", REPO, "--pr", "7", *args)


CHANGED = plan(EU, step(EU, diff=(change("settings.tier", "small", "big"),)))


def test_a_change_becomes_a_comment(fleet: Holding, github: FakeGitHub) -> None:
    said = comment(fleet, CHANGED)
    assert (said.code, said.out) == (0, f"declared-prod: comment created: {github.comments[0]['html_url']}\n")
    (body,) = github.bodies
    assert body.startswith("<!-- regionctl comment declared-prod shown -->\n<h3><code>prod</code>: 1 of 1 stacks")
    assert "settings.tier: small -> big" in body
    assert "Compared with 0123456789 by" in body
    assert said.err == ""


def test_a_change_of_nothing_makes_none_and_collapses_one(fleet: Holding, github: FakeGitHub) -> None:
    said = comment(fleet, plan(EU))
    assert said.out == "declared-prod: nothing changes, and there is no comment: none is needed\n"
    assert github.bodies == []
    comment(fleet, CHANGED)
    assert comment(fleet, plan(EU), args=["--json"]).json["comments"]["declared-prod"]["comment"] == "collapsed"
    assert github.minimized == {github.comments[0]["node_id"]}


def test_only_this_checkouts_fleets_get_comments(fleet: Holding, github: FakeGitHub) -> None:
    for number in range(30):
        folder = fleet.root / "artifacts" / f"declared-{number}"
        folder.mkdir(parents=True)
        (folder / "change.json").write_text("@everybody")
    assert comment(fleet, CHANGED, key="planned-prod").code == 0
    assert [body.partition("\n")[0] for body in github.bodies] == ["<!-- regionctl comment planned-prod shown -->"]


def test_a_fork_gets_no_comment_of_a_plan_and_cannot_hide_its_own(fleet: Holding, github: FakeGitHub) -> None:
    fork = ["--head-repo", "mallory/infra"]
    assert "no comment is made" in comment(fleet, CHANGED, key="planned-prod", args=fork).out
    comment(fleet, CHANGED, args=fork)
    comment(fleet, plan(EU), args=fork)
    assert github.minimized == set()
    assert all("From a fork: its own code computed this" in body for body in github.bodies)
    comment(fleet, CHANGED, args=["--head-repo", REPO])
    assert "From a fork" not in github.bodies[-1]


MADE_UP: dict[str, Any] = {
    "stack": EU,
    "fleet": "prod",
    "region": None,
    "target": "sandbox",
    "kind": "revision",
    "steps": [],
}
FORGED: dict[str, Any] = {
    "version": 1,
    "kind": "change",
    "fleet": "prod",
    "base": BASE,
    "failed": [],
    "tokens": {},
    "stacks": [MADE_UP],
}


@pytest.mark.parametrize(
    "forged",
    [
        "<!-- regionctl: nothing changes --> @everybody",
        "[" * 100_000,
        json.dumps({**FORGED, "compared": "@everybody"}),
        json.dumps({**FORGED, "fleet": "staging", "stacks": []}),
        json.dumps({**FORGED, "base": None}),
        json.dumps({**FORGED, "base": "@everybody"}),
        json.dumps({**FORGED, "failed": ["@everybody"]}),
        json.dumps({**FORGED, "stacks": [{**MADE_UP, "stack": "</code>@everybody"}]}),
        json.dumps({**FORGED, "stacks": [{**MADE_UP, "kind": "up"}]}),
        json.dumps({**FORGED, "tokens": {EU: {"": "x"}}}),
    ],
)
def test_a_document_that_is_none_is_refused_and_not_repeated(fleet: Holding, github: FakeGitHub, forged: str) -> None:
    said = comment(fleet, text=forged)
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    assert "artifacts/declared-prod/change.json: this is not what" in said.err
    assert "everybody" not in said.err
    assert github.requests == []


def test_a_document_behind_a_link_is_not_read(fleet: Holding, github: FakeGitHub) -> None:
    folder = fleet.root / "artifacts" / "declared-prod"
    folder.mkdir(parents=True)
    (folder / "change.json").symlink_to("/etc/hostname")
    said = fleet.run("ci", "comment", "--artifacts", str(folder.parent), "--repo", REPO, "--pr", "7")
    assert (said.code, len(said.err.splitlines()), github.requests) == (1, 1, [])


def test_another_account_is_told_how_to_find_its_comment_again(fleet: Holding, github: FakeGitHub) -> None:
    github.account = "release-bot"
    assert "give --author release-bot" in comment(fleet, CHANGED).err
    other = plan(EU, step(EU, diff=(change("settings.tier", "small", "huge"),)))
    assert "comment updated" in comment(fleet, other, args=["--author", "release-bot"]).out
    assert len(github.comments) == 1


def test_the_token_comes_from_the_environment_alone(
    fleet: Holding, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = comment(fleet, CHANGED)
    assert github.tokens == {f"Bearer {github.token}"}
    assert github.token not in said.out + said.err
    monkeypatch.delenv("GITHUB_TOKEN")
    said = comment(fleet, CHANGED)
    assert (said.code, said.err.splitlines()[0].partition(";")[0]) == (1, "Error: GITHUB_TOKEN is not set")


def test_a_refusal_is_one_line_that_says_what_to_do(fleet: Holding, github: FakeGitHub) -> None:
    github.next_answers = [Answer(403, {"message": "Resource not accessible by integration"})]
    said = comment(fleet, CHANGED)
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    assert "pull-requests: write" in said.err


def test_a_token_does_not_go_to_another_machine_in_the_clear(
    fleet: Holding, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://github.example/api/v3")
    said = comment(fleet, CHANGED)
    assert said.code == 1
    assert "only over https" in said.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--repo", "acme"], "OWNER/NAME"),
        (["--repo", "acme/.."], "OWNER/NAME"),
        (["--repo", "acme/infra/pulls"], "OWNER/NAME"),
        (["--pr", "0"], "--pr"),
        (["--artifacts", "none"], "none"),
    ],
)
def test_bad_values_are_one_line_and_nothing_is_sent(
    fleet: Holding, github: FakeGitHub, args: list[str], said: str
) -> None:
    answer = comment(fleet, CHANGED, args=args)
    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    assert said in answer.err
    assert github.requests == []


def test_a_preview_that_could_not_be_written_is_not_even_made(fleet: Holding) -> None:
    answer = fleet.run("-q", "ci", "preview", "--base", "main", "--full", "none/full.md")
    assert (answer.code, answer.err) == (1, "Error: none/full.md: its folder does not exist; run: mkdir -p none\n")


def test_a_matrix_has_a_job_a_stack_on_one_line_and_waves_keep_the_order(fleet: Holding) -> None:
    said = fleet.run("ci", "matrix")
    assert said.out.count("\n") == 1
    assert [(entry["stacks"], entry["wave"], entry["needs"]) for entry in said.json["include"]] == [
        (AUTH, 0, ""),
        (AP, 1, AUTH),
        (EU, 1, AUTH),
        (US, 1, AUTH),
        (EDGE, 2, f"{AUTH} {EU} {US}"),
    ]


def test_a_closed_region_has_no_job(fleet: Holding) -> None:
    fleet.set_lifecycle("prod/ap-south.yaml", "closed")
    assert AP not in [entry["stacks"] for entry in fleet.run("ci", "matrix").json["include"]]


def test_one_wave_by_itself_keeps_its_number(fleet: Holding) -> None:
    assert [entry["stacks"] for entry in fleet.run("ci", "matrix", "--wave", "2").json["include"]] == [EDGE]
    assert fleet.run("ci", "matrix", "--wave", "9").json == {"include": []}


def many(count: int) -> list[StackProgram]:
    def program(name: str, *needs: str) -> StackProgram:
        stack = f"prod.{name}"
        return StackProgram(
            project="p", name=stack, fleet="prod", region=name, target=Target.SANDBOX, run=lambda: None, needs=needs
        )

    return [program("auth"), *(program(f"r{number}", "prod.auth") for number in range(count))]


@pytest.mark.parametrize("count", [MOST_JOBS - 1, MOST_JOBS, 255 * 2, 255 * 2 + 1, 1000])
def test_no_more_jobs_than_github_allows_and_no_stack_left_out(count: int) -> None:
    programs = many(count)
    jobs = entries(programs, programs)
    assert len(jobs) <= MOST_JOBS
    assert [stack for job in jobs for stack in job["stacks"].split()] == [program.name for program in programs]
    assert jobs[0] == {"name": "prod.auth", "stacks": "prod.auth", "wave": 0, "needs": ""}
    assert len({len(job["stacks"].split()) for job in jobs[1:-1]}) == 1


def test_a_stack_keeps_its_wave_where_what_it_needs_does_not_change() -> None:
    programs = many(2)
    assert [job["wave"] for job in entries(programs, programs[2:])] == [1]
