"""`regionctl ci comment` and `ci matrix`, as a workflow calls them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from cli.matrix import MOST_JOBS, entries
from cli.render.preview import LIMIT, MARKER, NOTHING
from regionctl.program import StackProgram, Target
from tests.cli.holding import Holding, Said, fleet
from tests.github.server import REPO, Answer, FakeGitHub, serving

__all__ = ["fleet"]
AUTH, AP, EU, US, EDGE = ("prod.auth", "prod.ap-south", "prod.eu-west", "prod.us-east", "prod.edge")


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    with serving(FakeGitHub(token=secrets.token_hex(8))) as fake:
        monkeypatch.setenv("GITHUB_API_URL", fake.url)
        monkeypatch.setenv("GITHUB_TOKEN", fake.token)
        yield fake


def comment(fleet: Holding, text: str | bytes, *args: str) -> Said:
    file = fleet.root / "preview.md"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return fleet.run("ci", "comment", "--file", str(file), "--repo", REPO, "--pr", "7", *args)


def test_a_preview_becomes_a_comment(fleet: Holding, github: FakeGitHub) -> None:
    said = comment(fleet, "<h3>what changes</h3>\n")
    assert (said.code, said.out) == (0, f"comment created: {github.comments[0]['html_url']}\n")
    assert github.bodies == ["<!-- regionctl comment preview shown -->\n<h3>what changes</h3>\n"]
    assert said.err == ""


def test_a_preview_without_changes_makes_none_and_collapses_one(fleet: Holding, github: FakeGitHub) -> None:
    nothing = f"{NOTHING}\n<p>nothing changes</p>\n"
    assert comment(fleet, nothing).out == "nothing changes, and there is no comment: none is needed\n"
    assert github.bodies == []
    comment(fleet, "<h3>what changes</h3>")
    assert comment(fleet, nothing, "--json").json["comment"] == "collapsed"
    assert github.minimized == {github.comments[0]["node_id"]}


def test_the_longest_preview_with_the_longest_key_fits(fleet: Holding, github: FakeGitHub) -> None:
    assert comment(fleet, "x" * (LIMIT - MARKER), "--key", "k" * 100).code == 0


def test_another_account_is_told_how_to_find_its_comment_again(fleet: Holding, github: FakeGitHub) -> None:
    github.account = "release-bot"
    assert "give --author release-bot" in comment(fleet, "text").err
    assert comment(fleet, "news", "--author", "release-bot").out.startswith("comment updated")
    assert len(github.comments) == 1


def test_the_token_comes_from_the_environment_alone(
    fleet: Holding, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = comment(fleet, "text")
    assert github.tokens == {f"Bearer {github.token}"}
    assert github.token not in said.out + said.err
    monkeypatch.delenv("GITHUB_TOKEN")
    said = comment(fleet, "text")
    assert (said.code, said.err.splitlines()[0].partition(";")[0]) == (1, "Error: GITHUB_TOKEN is not set")


def test_a_refusal_is_one_line_that_says_what_to_do(fleet: Holding, github: FakeGitHub) -> None:
    github.next_answers = [Answer(403, {"message": "Resource not accessible by integration"})]
    said = comment(fleet, "text")
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    assert "pull-requests: write" in said.err


def test_a_token_does_not_go_to_another_machine_in_the_clear(
    fleet: Holding, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://github.example/api/v3")
    said = comment(fleet, "text")
    assert said.code == 1
    assert "only over https" in said.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--repo", "acme"], "OWNER/NAME"),
        (["--repo", "acme/.."], "OWNER/NAME"),
        (["--repo", "acme/infra/pulls"], "OWNER/NAME"),
        (["--key", "a b"], "--key"),
        (["--key", ""], "--key"),
        (["--pr", "0"], "--pr"),
        (["--file", "none.md"], "none.md"),
    ],
)
def test_bad_values_are_one_line_and_nothing_is_sent(
    fleet: Holding, github: FakeGitHub, args: list[str], said: str
) -> None:
    answer = comment(fleet, "text", *args)
    assert answer.code == 1
    assert len(answer.err.splitlines()) == 1
    assert said in answer.err
    assert github.requests == []


def test_a_file_that_is_no_text_is_refused(fleet: Holding, github: FakeGitHub) -> None:
    answer = comment(fleet, b"\xff\xfe")
    assert (answer.code, "preview.md: it is no text" in answer.err) == (1, True)


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
