"""Runs checks: findings at their lines, those that a declared exception excuses, and exceptions that excuse nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from regionctl.proofs import baseline, isolation, parity, residency, secrets

from .findings import Check, DeclaredException, Evidence, Finding


def excused(
    findings: Iterable[Finding], exceptions: Sequence[DeclaredException], checks: Iterable[str], today: date
) -> Iterator[Finding]:
    """The findings, each with the exception that excuses it, then one for each exception of `checks` that has run out
    or excuses nothing. An exception that several stacks inherit is used where one of them needs it."""
    used: set[DeclaredException] = set()
    for finding in findings:
        exception = next((e for e in exceptions if _covers(e, finding)), None)
        if exception is None:
            yield finding
            continue
        used.add(exception)
        yield replace(finding, excuse=exception if today <= exception.expires else None)
    ran = set(checks)
    needed = {exception.source for exception in used}
    said = set()
    for exception in exceptions:
        if exception.check not in ran or exception.source in said:
            continue
        said.add(exception.source)
        if exception.source not in needed:
            yield _about(exception, "unused-exception", "excuses nothing", "remove it")
        elif today > exception.expires:
            what = f"ran out on {exception.expires}"
            hint = "mend what it excused, or give it a new date with the reason why"
            yield _about(exception, "expired-exception", what, hint)


def _covers(exception: DeclaredException, finding: Finding) -> bool:
    return (
        exception.check == finding.check
        and exception.stack == finding.stack
        and finding.key is not None
        and (finding.key == exception.key or finding.key.startswith(f"{exception.key}."))
        and (not exception.resources or finding.resource in exception.resources)
    )


def _about(exception: DeclaredException, rule: str, what: str, hint: str) -> Finding:
    return Finding(
        check=exception.check,
        rule=f"{exception.check}/{rule}",
        stack=exception.stack,
        message=f"the exception for {exception.key} {what}",
        hint=hint,
        source=exception.source,
    )


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
