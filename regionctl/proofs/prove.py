"""Running checks: findings at their lines, with the declared exceptions applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from regionctl.proofs import baseline, isolation, parity, residency, secrets

from .exceptions import excused
from .findings import Check, Evidence, Finding


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What the checks found, in the order of the checks. It holds where every finding is excused."""

    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]

    @property
    def failures(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.fails)

    @property
    def holds(self) -> bool:
        return not self.failures

    def of(self, check: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.check == check)


def prove(checks: Sequence[Check], evidence: Evidence) -> Proof:
    """Runs the checks over the evidence and applies the declared exceptions."""
    found = [_placed(finding, evidence) for check in checks for finding in check.run(evidence)]
    names = [check.name for check in checks]
    return Proof(checks=tuple(checks), findings=tuple(excused(found, evidence.exceptions, names, evidence.today)))


def _placed(finding: Finding, evidence: Evidence) -> Finding:
    """A finding without a line, at the line of the program that makes its resource."""
    if finding.source or finding.urn is None:
        return finding
    return replace(finding, source=evidence.renders[finding.stack].resources[finding.urn].created_at)


CHECKS: tuple[Check, ...] = (parity.CHECK, isolation.CHECK, residency.CHECK, baseline.CHECK, secrets.CHECK)
