"""Faults on demand: what goes wrong in the clouds, for which resources, how often.

A fault lies in the store, so that one process switches it on while another serves. It is chosen by globs of type and
name, and by a count of calls; nothing about it is random.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final, TypeVar, assert_never

from regionctl.sandbox.errors import CloudError, Retryable
from regionctl.sandbox.transaction import FaultRow, Transaction

T = TypeVar("T")

RETRIES: Final = 5  # tries after the first, of a refusal that the providers repeat
FIRST_BACKOFF_S: Final = 0.01  # doubled each time; the real ones begin at half a second
STALE_LOOKUPS: Final = 3  # less than the providers try
STALE_USES: Final = 2

_SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
# How SDKs call a grant: IAMMember, TopicIAMBinding, SecretIamPolicy.
_GRANT: Final = re.compile(r".*I[aA][mM](Member|Binding|Policy)")


class FaultKind(StrEnum):
    RATE_LIMIT = "rate-limit"  # 429, which the providers repeat before they give up
    QUOTA = "quota"  # 403, which they do not
    OUTAGE = "outage"  # 503 from every call, for longer than the providers repeat it
    SLOW = "slow"  # a create takes `delay_s` longer
    PARTIAL = "partial"  # an error after the object was made
    STALE = "stale"  # others do not see what was made for `count` lookups, STALE_LOOKUPS where none is given
    STALE_GRANTS = "stale-grants"  # a grant does not count yet for `count` uses, STALE_USES where none is given
    HELD_ADDRESSES = "held-addresses"  # Cloud Run keeps addresses of a subnet for a while after it is gone


class Verb(StrEnum):
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"


_VERBS: Final = {
    FaultKind.RATE_LIMIT: frozenset(Verb),
    FaultKind.QUOTA: frozenset({Verb.CREATE}),
    FaultKind.OUTAGE: frozenset(Verb),
    FaultKind.SLOW: frozenset({Verb.CREATE}),
    FaultKind.PARTIAL: frozenset({Verb.CREATE}),
    FaultKind.STALE: frozenset({Verb.CREATE}),
    FaultKind.STALE_GRANTS: frozenset({Verb.CREATE}),
    FaultKind.HELD_ADDRESSES: frozenset({Verb.DELETE}),
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a call is about."""

    token: str  # gcp:sql/databaseInstance:DatabaseInstance
    names: tuple[str, ...]  # the Pulumi name, and the one in the cloud

    @property
    def service(self) -> str:
        return self.token.split(":")[1].partition("/")[0]

    @property
    def types(self) -> tuple[str, ...]:
        """What a glob may match: the token, the service alone, and the short form of plans."""
        class_ = self.token.rpartition(":")[2]
        return self.token, self.service, class_ if self.service == "index" else f"{self.service}.{class_}"

    def can_have(self, kind: FaultKind) -> bool:
        """Whether a fault of the kind happens to resources of this type."""
        match kind:
            case FaultKind.STALE_GRANTS:
                return _GRANT.fullmatch(self.token) is not None
            case FaultKind.HELD_ADDRESSES:
                return self.token == _SUBNETWORK
            case _:
                return True


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What the faults do to one call, besides failing it."""

    delay_s: float = 0.0
    partial: bool = False
    hidden_lookups: int = 0


def strike(tx: Transaction, verb: Verb, subject: Subject) -> Effects | CloudError:
    """Spends the faults that hit this call. The first refusal wins; it is returned, so that the spending is kept."""
    delay_s, partial, hidden = 0.0, False, 0
    for fault in tx.faults():
        kind = FaultKind(fault.kind)
        if verb not in _VERBS[kind] or not subject.can_have(kind) or not hits(fault, subject):
            continue
        if kind not in {FaultKind.STALE, FaultKind.STALE_GRANTS}:
            tx.spend_fault(fault.key)
        match kind:
            case FaultKind.RATE_LIMIT:
                return Retryable(429, "rateLimitExceeded", _RATE.format(service=subject.service))
            case FaultKind.QUOTA:
                return CloudError(403, "quotaExceeded", _QUOTA.format(type=subject.token.rpartition(":")[2].upper()))
            case FaultKind.OUTAGE:
                return CloudError(503, "backendError", "The service is currently unavailable.")
            case FaultKind.SLOW:
                delay_s += fault.delay_s
            case FaultKind.PARTIAL:
                partial = True
            case FaultKind.STALE:
                hidden = max(hidden, fault.remaining or STALE_LOOKUPS)
            case FaultKind.STALE_GRANTS:
                hidden = max(hidden, fault.remaining or STALE_USES)
            case FaultKind.HELD_ADDRESSES:
                return CloudError(400, "resourceInUseByAnotherResource", _HELD.format(name=subject.names[-1]))
            case _:
                assert_never(kind)
    return Effects(delay_s=delay_s, partial=partial, hidden_lookups=hidden)


# https://cloud.google.com/compute/docs/api/best-practices and .../troubleshooting/troubleshooting-rate-limit
_RATE: Final = (
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service '{service}.googleapis.com'"
)
# https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#delete-subnet
_HELD: Final = "The subnetwork resource '{name}' is already being used by 'serverless-ipv4-1795000000000000000'"
# https://cloud.google.com/compute/docs/troubleshooting/troubleshoot-quotas
_QUOTA: Final = "Quota '{type}S' exceeded.  Limit: 0.0 globally."


def hits(fault: FaultRow, subject: Subject) -> bool:
    """Whether the globs of a fault match."""
    by_type = any(fnmatchcase(type_, fault.type) for type_ in subject.types)
    return by_type and any(fnmatchcase(name, fault.name) for name in subject.names)


def is_type(glob: str, subjects: Iterable[Subject]) -> bool:
    """Whether a glob matches any of these types."""
    return any(fnmatchcase(type_, glob) for subject in subjects for type_ in subject.types)


def retrying(attempt: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """Tries again as the providers do. Raises the last refusal."""
    for i in range(RETRIES):
        try:
            return attempt()
        except Retryable:
            sleep(FIRST_BACKOFF_S * 2**i)
    return attempt()
