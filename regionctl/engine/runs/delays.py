"""Recognises Google's refusals that pass by themselves, and says how long an update goes on in spite of them.

A grant is not known to every server at once: mostly within two minutes, at times after seven or more
(https://cloud.google.com/iam/docs/access-change-propagation). The same holds for an API that was just enabled, a new
service account, and an organisation policy, which may take fifteen minutes. Most types of the gcp provider give up
at the first refusal (https://github.com/hashicorp/terraform-provider-google/issues/10310), so that the first update of
a new project would fail. docs/adr/grants-that-take-a-while.md says why the update goes on, instead of waiting before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from regionctl.model.events import Diagnostic, Op, Severity, Status, Step
from regionctl.model.program import Target

# Between two tries that brought nothing; a try that made something begins them again. Sixteen minutes together.
PAUSES_S = (15.0, 30.0, *(60.0,) * 15)

_MADE = frozenset({Op.CREATE, Op.CREATE_REPLACEMENT, Op.UPDATE})
# What others hear of late: grants, APIs, accounts, policies, and the project itself, whose maker becomes its owner.
_HEARD_OF_LATE = re.compile(
    r".*I[aA][mM](Member|Binding|Policy)|gcp:projects/service(Identity)?:.*|gcp:serviceaccount/account:.*"
    r"|gcp:orgpolicy/policy:.*|gcp:organizations/project:.*"
)
_DENIED = re.compile(r"permission|denied|forbidden|not authorized", re.IGNORECASE)
_ON_A_KEY_OR_BY_AN_AGENT = re.compile(r"\bkms\b|cloudkms|cryptokey|service-\d+@[\w-]+\.", re.IGNORECASE)
_NOT_YET = re.compile(
    r"service account \S+ does not exist"
    # https://cloud.google.com/apis/docs/troubleshooting: "If you enabled this API recently, wait a few minutes".
    r"|has not been used in project|SERVICE_DISABLED"
    # Domain restricted sharing: the provider takes the refusal for a conflict (terraform-provider-google#2904).
    r"|permitted customer|too many concurrent policy changes",
    re.IGNORECASE,
)
_HELD_ADDRESSES = re.compile(r"serverless-ipv[46]-")

GO_ON_LATER = (
    "Google may need some minutes more until every server knows the new grants: run the same command again;"
    " it goes on from what exists"
)
# https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#delete-subnet
ADDRESSES_ARE_HELD = (
    "Cloud Run keeps addresses of a subnet for an hour or two after what used them is gone, and nothing frees them"
    " sooner: run the same command again then; it goes on from what is left"
)


def refused_for_now(errors: Iterable[Diagnostic], steps: Iterable[Step]) -> bool:
    """Whether every resource that failed was refused something that a step of this run has only just allowed."""
    failed = [error.message for error in errors if _is_about_a_resource(error)]
    made_late = any(
        step.status is Status.DONE and step.op in _MADE and _HEARD_OF_LATE.fullmatch(step.type) for step in steps
    )
    return bool(failed) and made_late and all(map(_passes, failed))


def keeps_addresses(errors: Iterable[Diagnostic]) -> bool:
    """Whether a subnet could not go since Cloud Run still holds addresses in it."""
    return any(_HELD_ADDRESSES.search(error.message) for error in errors)


class Patience:
    """How long one update goes on. In a sandbox no time passes between two tries, since none needs to."""

    def __init__(self, target: Target) -> None:
        self._scale = 1.0 if target is Target.CLOUD else 0.0
        self._made = 0
        self._fruitless = 0

    def pause_s(self, diagnostics: Iterable[Diagnostic], steps: Sequence[Step]) -> float | None:
        """How long to wait after a try that failed, before the next one. None: another one would not help."""
        made = sum(step.status is Status.DONE and step.op in _MADE for step in steps)
        self._fruitless = 0 if made > self._made else self._fruitless + 1
        self._made = made
        errors = [said for said in diagnostics if said.severity is Severity.ERROR]
        if self._fruitless >= len(PAUSES_S) or not refused_for_now(errors, steps):
            return None
        return PAUSES_S[self._fruitless] * self._scale


def goes_on(stack: str, refused: Sequence[str], pause_s: float) -> Diagnostic:
    """Says that the update goes on by itself, and when."""
    when = f"in {pause_s:.0f} s; ^C stops here, and the same command goes on later" if pause_s else "at once"
    return Diagnostic(
        stack=stack,
        severity=Severity.WARNING,
        message=f"{', '.join(refused)}: not every server of Google's knows the new grants yet, which takes some minutes"
        f" at a first update. It is tried again {when}",
    )


def _is_about_a_resource(error: Diagnostic) -> bool:
    return bool(error.urn) and "pulumi:pulumi:Stack" not in str(error.urn)


def _passes(message: str) -> bool:
    return bool(_NOT_YET.search(message) or (_DENIED.search(message) and _ON_A_KEY_OR_BY_AN_AGENT.search(message)))
