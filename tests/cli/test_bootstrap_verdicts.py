"""What counts as right: the Worker does as the specs say, and nobody gets in on a forged context."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.bootstrap.probes import of_forged, of_request
from regionctl.probes.worker import Answer, Forged, member_of, user_of
from stacks.routing import Reason, Refusal, Routed


def to(*regions: str, reason: Reason) -> Routed:
    return Routed(locality="eu", regions=regions, reason=reason)


HINT = "run: regionctl diff edge"
AGAIN = "run: regionctl up eu-west --refresh"
NO_ANSWER = Answer(status=0, code="ECONNREFUSED", region=None, user=None, placement=None)


def answered(region: str, user: str = "anonymous", placement: str | None = None) -> Answer:
    return Answer(status=200, code=None, region=region, user=user, placement=placement)


def refused(status: int, code: str) -> Answer:
    return Answer(status=status, code=code, region=None, user=None, placement=None)


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (to("eu-west", reason=Reason.HOME), answered("eu-west", user_of("one"), "default")),
        (to("eu-west", reason=Reason.TIME_ZONE), answered("eu-west", placement="time-zone")),
        (to("eu-central", "eu-west", reason=Reason.COUNTRY), answered("eu-central", placement="country")),
        (Refusal.REGION_CLOSED, refused(503, "region_closed")),
    ],
    ids=str,
)
def test_what_the_specs_say_passes(expected: Routed | Refusal, answer: Answer) -> None:
    probe = of_request("one", expected, answer, HINT)
    assert (probe.passed, probe.hint) == (True, None)


@pytest.mark.parametrize(
    ("expected", "answer", "said"),
    [
        (
            to("eu-west", reason=Reason.HOME),
            answered("us-east", user_of("one")),
            "us-east took it for user-of-one; the specs say eu-west (home)",
        ),
        (
            to("eu-west", reason=Reason.HOME),
            answered("eu-west", user_of("another")),
            "eu-west took it for user-of-another; the specs say eu-west (home)",
        ),
        (
            to("eu-west", reason=Reason.TIME_ZONE),
            answered("eu-west", placement="default"),
            "eu-west took it for anonymous (default); the specs say eu-west (time-zone)",
        ),
        (
            to("eu-central", "eu-west", reason=Reason.COUNTRY),
            answered("us-east", placement="country"),
            "us-east took it for anonymous (country); the specs say eu: eu-central or eu-west (country)",
        ),
        (to("eu-west", reason=Reason.HOME), NO_ANSWER, "no connection (ECONNREFUSED); the specs say eu-west (home)"),
        (
            to("eu-west", reason=Reason.HOME),
            refused(502, "region_broken"),
            "status 502 region_broken; the specs say eu-west (home)",
        ),
        (Refusal.REGION_CLOSED, answered("eu-west"), "eu-west took it for anonymous; the specs say region_closed"),
    ],
    ids=str,
)
def test_anything_else_fails_and_says_both(expected: Routed | Refusal, answer: Answer, said: str) -> None:
    probe = of_request("one", expected, answer, HINT)
    assert (probe.passed, probe.said, probe.hint) == (False, said, HINT)


KEPT_OUT = Forged(
    known=answered("eu-west", member_of("eu-west")),
    unknown=refused(401, "invalid_credential"),
    straight=Answer(status=401, code="invalid_context", region="eu-west", user=None, placement=None),
    bare=NO_ANSWER,
)


def test_a_forger_is_kept_out_through_the_worker_and_past_it() -> None:
    assert [probe.passed for probe in of_forged("eu-west", KEPT_OUT, None, HINT, AGAIN)] == [True, True]


@pytest.mark.parametrize(
    ("forged", "passed"),
    [
        (replace(KEPT_OUT, known=answered("eu-west", "forger")), [False, True]),
        (replace(KEPT_OUT, unknown=answered("eu-west", "forger")), [False, True]),
        (replace(KEPT_OUT, straight=answered("eu-west", "forger")), [True, False]),
        (replace(KEPT_OUT, straight=NO_ANSWER), [True, False]),
        (replace(KEPT_OUT, bare=refused(401, "invalid_context")), [True, False]),
    ],
    ids=[
        "seen by a member's region",
        "let in by the Worker",
        "let in past it",
        "not asked",
        "no certificate asked for",
    ],
)
def test_a_forger_who_gets_in_anywhere_fails_the_probe(forged: Forged, passed: list[bool]) -> None:
    assert [probe.passed for probe in of_forged("eu-west", forged, None, HINT, AGAIN)] == passed


def test_a_load_balancer_that_lets_strangers_in_fails_whatever_the_double_says() -> None:
    through, past = of_forged("eu-west", KEPT_OUT, "it asks for no client certificate", HINT, AGAIN)
    assert (through.passed, past.passed, past.said) == (True, False, "it asks for no client certificate")
    assert past.hint == AGAIN


def test_of_a_draw_it_is_said_which_region_answered() -> None:
    expected = to("eu-central", "eu-west", reason=Reason.COUNTRY)
    probe = of_request("one", expected, answered("eu-central", placement="country"), HINT)
    assert probe.said == "eu-central, of eu: eu-central or eu-west (country)"
