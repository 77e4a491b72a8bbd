"""What was probed, and whether it is as it should be: pure functions of what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from regionctl.model.errors import CheckFailed
from regionctl.probes import ProbeResult
from regionctl.probes.worker import Answer, Forged, member_of, user_of
from stacks.routing import Reason, Refusal, Routed

DENIED, REFUSED_CONTEXT = 401, "invalid_context"  # docs/request-path.md


class What(StrEnum):
    ORIGIN = "origin"  # whether a region answers
    DOMAIN = "domain"  # whether the public one does
    REQUEST = "request"  # where a sample request goes
    FORGERY = "forgery"  # what becomes of a context that the auth service did not sign


@dataclass(frozen=True, kw_only=True)
class Probed:
    """One probe. `hint` is what to do where it did not pass."""

    what: What
    subject: str
    passed: bool
    said: str
    hint: str | None = None


class ProbesFailed(CheckFailed):
    """The environment stands, and something in it does not do what it should. `probes` are those that failed."""

    def __init__(self, probes: tuple[Probed, ...], count: int) -> None:
        self.probes = probes
        hint = next((probe.hint for probe in probes if probe.hint), None)
        super().__init__(f"{len(probes)} of {count} probes did not pass", hint=hint)


def of_origin(result: ProbeResult) -> Probed:
    return Probed(
        what=What.ORIGIN, subject=result.origin.region, passed=result.answers, said=result.said, hint=result.hint
    )


def of_request(name: str, expected: Routed | Refusal, answer: Answer, hint: str) -> Probed:
    """`expected` is what the specs' table says of the request."""
    if isinstance(expected, Refusal):
        passed = answer.code == expected
    elif expected.reason is Reason.HOME:
        passed = (answer.region, answer.user) == (expected.region, user_of(name))
    else:
        passed = (answer.region, answer.placement) == (expected.region, expected.reason)
    wanted = expected if isinstance(expected, Refusal) else f"{expected.region} ({expected.reason})"
    return Probed(
        what=What.REQUEST,
        subject=name,
        passed=passed,
        said=_shown(expected) if passed else f"{_came_back(answer)}; the specs say {wanted}",
        hint=None if passed else hint,
    )


def of_forged(region: str, forged: Forged, gap: str | None, hint: str, again: str) -> tuple[Probed, Probed]:
    """Through the Worker, and past it. `gap`: why the deployed load balancer would let a stranger in, which `again`
    mends."""
    dropped = (forged.known.region, forged.known.user) == (region, member_of(region))
    denied = forged.unknown.status == DENIED and forged.unknown.region is None
    refused = forged.straight.status == DENIED and forged.straight.code == REFUSED_CONTEXT
    kept_out = forged.bare.status == 0
    through = _forgery(
        f"{region}, through the Worker",
        passed=dropped and denied,
        good="taken off a member's request; refused with a credential that nobody issued",
        bad=f"a member: {_came_back(forged.known)}; nobody's credential: {_came_back(forged.unknown)}",
        hint=hint,
    )
    past = _forgery(
        f"{region}, past the Worker",
        passed=refused and kept_out and gap is None,
        good="refused; without the edge's certificate there is no connection",
        bad=gap or f"with the edge's certificate: {_came_back(forged.straight)}; without: {_came_back(forged.bare)}",
        hint=again if gap else hint,
    )
    return through, past


def _forgery(subject: str, *, passed: bool, good: str, bad: str, hint: str) -> Probed:
    said = good if passed else bad
    return Probed(what=What.FORGERY, subject=subject, passed=passed, said=said, hint=None if passed else hint)


def _shown(expected: Routed | Refusal) -> str:
    if isinstance(expected, Refusal):
        return f"refused, as it should be: {expected}"
    return f"{expected.region} ({expected.reason})"


def _came_back(answer: Answer) -> str:
    if answer.region and answer.status < 400:
        return f"{answer.region} took it for {answer.user}" + (f" ({answer.placement})" if answer.placement else "")
    if answer.status == 0:
        return f"no connection ({answer.code})"
    return f"status {answer.status}" + (f" {answer.code}" if answer.code else "")
