"""One comment on a pull request: made, changed, folded away, and never one too many."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from regionctl.github import (
    Done,
    GitHub,
    GitHubOutOfReach,
    GitHubRateLimited,
    InsecureUrl,
    Kept,
    Place,
    RefusedByGitHub,
    keep_comment,
)
from regionctl.model.errors import RegionctlError
from tests.github.server import BOT, LIMIT, REPO, Answer, FakeGitHub, serving

PLACE = Place(repository=REPO, number=7, key="preview", author=BOT)
MARKER = "<!-- regionctl comment preview shown -->\n"
NOW_S = 1_800_000_000.0


class Slept(list[float]):
    """How long a caller would have slept, each time."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with serving(FakeGitHub(token=secrets.token_hex(8))) as fake:
        yield fake


@pytest.fixture
def slept() -> Slept:
    return Slept()


def keep(github: FakeGitHub, slept: Slept, body: str = "text", *, nothing: bool = False, place: Place = PLACE) -> Kept:
    with GitHub(github.url, github.token, sleep=slept, clock=lambda: NOW_S) as client:
        return keep_comment(client, place, body, nothing=nothing)


def test_the_first_time_it_is_made(github: FakeGitHub, slept: Slept) -> None:
    kept = keep(github, slept)
    assert kept == Kept(Done.CREATED, github.comments[0]["html_url"], BOT)
    assert github.bodies == [f"{MARKER}text"]


def test_the_next_time_it_is_changed(github: FakeGitHub, slept: Slept) -> None:
    keep(github, slept)
    assert keep(github, slept, "other").done is Done.UPDATED
    assert github.bodies == [f"{MARKER}other"]


def test_the_same_text_is_not_written_again(github: FakeGitHub, slept: Slept) -> None:
    keep(github, slept, "one\ntwo\n")
    github.comments[0]["body"] = github.comments[0]["body"].strip().replace("\n", "\r\n")
    github.requests.clear()
    assert keep(github, slept, "one\ntwo\n").done is Done.UNCHANGED
    assert github.writes == []


def test_it_is_found_on_whichever_page_it_is(github: FakeGitHub, slept: Slept) -> None:
    for number in range(250):
        github.comment(f"comment {number}", author="somebody")
    keep(github, slept)
    github.requests.clear()
    assert keep(github, slept, "other").done is Done.UPDATED
    assert len(github.requests) == 4
    assert len(github.comments) == 251


def test_a_full_last_page_is_not_taken_for_the_end(github: FakeGitHub, slept: Slept) -> None:
    for number in range(100):
        github.comment(f"comment {number}")
    assert keep(github, slept, nothing=True).done is Done.NOT_NEEDED
    assert len(github.requests) == 2


def test_nothing_to_tell_makes_no_comment(github: FakeGitHub, slept: Slept) -> None:
    assert keep(github, slept, nothing=True) == Kept(Done.NOT_NEEDED)
    assert github.writes == []


def test_nothing_to_tell_any_more_collapses_the_comment_and_news_open_it_again(
    github: FakeGitHub, slept: Slept
) -> None:
    keep(github, slept)
    node = github.comments[0]["node_id"]
    assert keep(github, slept, "nothing changes", nothing=True).done is Done.COLLAPSED
    assert github.minimized == {node}
    assert github.bodies == ["<!-- regionctl comment preview outdated -->\nnothing changes"]

    github.requests.clear()
    assert keep(github, slept, "nothing changes", nothing=True).done is Done.UNCHANGED
    assert github.writes == []

    assert keep(github, slept, "news").done is Done.UPDATED
    assert github.minimized == set()
    assert github.bodies == [f"{MARKER}news"]


def test_a_comment_that_could_not_be_collapsed_is_collapsed_the_next_time(github: FakeGitHub, slept: Slept) -> None:
    keep(github, slept)
    listing = Answer(200, github.comments[:])
    github.next_answers = [listing, Answer(200, {"errors": [{"type": "FORBIDDEN", "message": "not accessible"}]})]
    with pytest.raises(RefusedByGitHub, match="not accessible"):
        keep(github, slept, "nothing changes", nothing=True)
    assert keep(github, slept, "nothing changes", nothing=True).done is Done.COLLAPSED
    assert github.minimized == {github.comments[0]["node_id"]}


def test_comments_with_other_keys_are_left_alone(github: FakeGitHub, slept: Slept) -> None:
    other = Place(repository=REPO, number=7, key="preview.staging", author=BOT)
    keep(github, slept)
    keep(github, slept, "staging", place=other)
    assert github.bodies == [f"{MARKER}text", "<!-- regionctl comment preview.staging shown -->\nstaging"]


def test_a_comment_of_somebody_else_is_never_taken_for_ours(github: FakeGitHub, slept: Slept) -> None:
    github.comment(f"{MARKER}everything is fine", author="attacker")
    assert keep(github, slept).done is Done.CREATED
    assert github.bodies == [f"{MARKER}everything is fine", f"{MARKER}text"]


def test_a_quote_of_ours_is_not_ours(github: FakeGitHub, slept: Slept) -> None:
    github.comment(f"> {MARKER}text")
    assert keep(github, slept).done is Done.CREATED


def test_of_several_the_first_stays(github: FakeGitHub, slept: Slept) -> None:
    first = github.comment(f"{MARKER}one")
    github.comment(f"{MARKER}two")
    github.comment("by the way")
    assert keep(github, slept, "news").url == first["html_url"]
    assert github.bodies == [f"{MARKER}news", "by the way"]


@pytest.mark.parametrize(
    ("answer", "waited_s"),
    [
        (Answer(403, {"message": "no"}, {"Retry-After": "7"}), 7),
        (Answer(429, {"message": "no"}, {"Retry-After": "7"}), 7),
        (
            Answer(403, {"message": "no"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW_S + 20:.0f}"}),
            21,
        ),
        (Answer(403, {"message": "You have exceeded a secondary rate limit."}), 60),
        (Answer(429, {"message": "slow down"}), 60),
        (Answer(502), 1),
        (None, 1),
    ],
)
def test_where_github_says_that_it_may_go_better_it_is_tried_again(
    github: FakeGitHub, slept: Slept, answer: Answer | None, waited_s: float
) -> None:
    github.next_answers = [answer]
    assert keep(github, slept).done is Done.CREATED
    assert slept == [waited_s]


def test_each_further_wait_is_longer(github: FakeGitHub, slept: Slept) -> None:
    github.next_answers = [Answer(500), None, Answer(503), Answer(502)]
    assert keep(github, slept).done is Done.CREATED
    assert slept == [1, 2, 4, 8]


def test_at_some_point_it_gives_up(github: FakeGitHub, slept: Slept) -> None:
    github.next_answers = [Answer(502)] * 10
    with pytest.raises(GitHubOutOfReach) as raised:
        keep(github, slept)
    assert raised.value.reason == "502"
    assert len(github.requests) == 5


def test_it_does_not_wait_for_an_hour(github: FakeGitHub, slept: Slept) -> None:
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW_S + 3000:.0f}"}
    github.next_answers = [Answer(403, {"message": "API rate limit exceeded"}, reset)]
    with pytest.raises(GitHubRateLimited) as raised:
        keep(github, slept)
    assert raised.value.wait_s == 3001
    assert slept == []


def test_a_comment_whose_answer_got_lost_is_not_made_twice(github: FakeGitHub, slept: Slept) -> None:
    github.next_answers = [Answer(200, []), Answer(502, late=True)]
    assert keep(github, slept).done is Done.CREATED
    assert github.bodies == [f"{MARKER}text"]
    assert github.requests.count(f"POST /repos/{REPO}/issues/7/comments") == 1


def test_a_comment_that_was_not_made_is_made_again(github: FakeGitHub, slept: Slept) -> None:
    github.next_answers = [Answer(200, []), Answer(502)]
    assert keep(github, slept).done is Done.CREATED
    assert github.bodies == [f"{MARKER}text"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(401, {"message": "Bad credentials"}), "GITHUB_TOKEN"),
        (Answer(403, {"message": "Resource not accessible by integration"}), "pull-requests: write"),
        (Answer(404, {"message": "Not Found"}), "--repo and --pr"),
        (Answer(410, {"message": "Gone"}), "turned off"),
    ],
)
def test_what_will_not_go_better_is_said_at_once(github: FakeGitHub, slept: Slept, answer: Answer, said: str) -> None:
    github.next_answers = [answer]
    with pytest.raises(RefusedByGitHub, match=said) as raised:
        keep(github, slept)
    assert raised.value.status == answer.status
    assert raised.value.message == answer.body["message"]
    assert slept == []


def test_a_text_that_is_too_long_is_refused_with_githubs_own_words(github: FakeGitHub, slept: Slept) -> None:
    with pytest.raises(RefusedByGitHub, match=r"Validation Failed: Body is too long \(maximum is 65536 characters\)"):
        keep(github, slept, "x" * LIMIT)


@pytest.mark.parametrize("body", ["a text", {"of": "something"}])
def test_an_answer_that_makes_no_sense_is_said_to_be_none(github: FakeGitHub, slept: Slept, body: object) -> None:
    github.next_answers = [Answer(200, body)]
    with pytest.raises(GitHubOutOfReach, match="GITHUB_API_URL"):
        keep(github, slept)


def test_the_token_is_in_no_error(github: FakeGitHub, slept: Slept) -> None:
    wrong = [Answer(403, {"message": f"no {github.token}"}), Answer(401, {"message": github.token}), *[None] * 5]
    for answers in (wrong[:1], wrong[1:2], wrong[2:]):
        github.next_answers = list(answers)
        with pytest.raises(RegionctlError) as raised:
            keep(github, slept)
        assert github.token not in f"{raised.value!s} {raised.value!r} {vars(raised.value)}"


def test_enterprise_has_its_apis_elsewhere(github: FakeGitHub, slept: Slept) -> None:
    github.url += "/api/v3"
    keep(github, slept)
    assert keep(github, slept, nothing=True).done is Done.COLLAPSED
    assert github.minimized == {github.comments[0]["node_id"]}


@pytest.mark.parametrize(
    "url", ["http://github.example/api/v3", "ftp://127.0.0.1", "https://", "github", "http://[", ""]
)
def test_a_token_is_not_sent_in_the_clear(url: str) -> None:
    with pytest.raises(InsecureUrl):
        GitHub(url, "token")


@pytest.mark.parametrize("url", ["https://api.github.com", "https://github.example/api/v3/", "http://[::1]:80"])
def test_it_is_sent_over_https_and_to_this_machine(url: str) -> None:
    GitHub(url, "token")
