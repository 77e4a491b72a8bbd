"""Findings that a declared exception excuses, and exceptions that excuse nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from .findings import DeclaredException, Finding


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
            yield _unused(exception)
        elif today > exception.expires:
            yield _expired(exception)


def _covers(exception: DeclaredException, finding: Finding) -> bool:
    return (
        exception.check == finding.check
        and exception.stack == finding.stack
        and finding.key is not None
        and (finding.key == exception.key or finding.key.startswith(f"{exception.key}."))
        and (not exception.resources or finding.resource in exception.resources)
    )


def _unused(exception: DeclaredException) -> Finding:
    return Finding(
        check=exception.check,
        rule=f"{exception.check}/unused-exception",
        stack=exception.stack,
        message=f"the exception for {exception.key} excuses nothing",
        hint="remove it",
        source=exception.source,
    )


def _expired(exception: DeclaredException) -> Finding:
    return Finding(
        check=exception.check,
        rule=f"{exception.check}/expired-exception",
        stack=exception.stack,
        message=f"the exception for {exception.key} ran out on {exception.expires}",
        hint="mend what it excused, or give it a new date with the reason why",
        source=exception.source,
    )
