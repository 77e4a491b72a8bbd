"""Secrets: each is there, young enough, and no stack's is another's.

Values are compared by fingerprints that are keyed anew in every run; they are never shown or written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from regionctl.model.hints import stack_command

from .findings import Check, Evidence, Finding, SecretFact

NAME = "secrets"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Findings at the spec's line for what is missing or overdue, at the stack config's for what is shared."""
    for secret in evidence.secrets:
        if secret.wanted and not secret.present:
            yield _finding(secret, "missing", "has no value", f"set it: {_command('set', secret)}")
        elif overdue := _days_overdue(secret, evidence.today):
            what = f"is {overdue} days overdue: set on {secret.set_on}, to be rotated every {secret.rotation_days} days"
            yield _finding(secret, "overdue", what, f"give it a new value: {_command('rotate', secret)}")
    yield from _shared(evidence.secrets)


def _days_overdue(secret: SecretFact, today: date) -> int:
    if secret.set_on is None or secret.rotation_days is None:
        return 0
    return max(0, (today - secret.set_on).days - secret.rotation_days)


def _shared(secrets: Sequence[SecretFact]) -> Iterator[Finding]:
    by_value: dict[bytes, list[SecretFact]] = defaultdict(list)
    for secret in secrets:
        if secret.fingerprint is not None and not secret.public:
            by_value[secret.fingerprint].append(secret)
    for first, *others in by_value.values():
        for other in others:
            what = f"has the same value as {first.stack} {first.name}"
            yield _finding(other, "shared", what, f"give it one of its own: {_command('rotate', other)}")


def _finding(secret: SecretFact, rule: str, what: str, hint: str) -> Finding:
    return Finding(
        check=NAME,
        rule=f"secrets/{rule}",
        stack=secret.stack,
        message=f"{secret.name} {what}",
        hint=hint,
        source=(secret.stored_at or secret.source) if rule == "shared" else secret.source,
    )


def _command(word: str, secret: SecretFact) -> str:
    return f"{stack_command(secret.stack, 'secrets', word)} {secret.name}"


def unchecked(evidence: Evidence) -> Iterator[str]:
    """What could not be looked at: values that are not set, that cannot be opened here, ages that nobody wrote down."""
    there = [secret for secret in evidence.secrets if secret.present]
    unread = _by_stack([secret for secret in there if secret.fingerprint is None and not secret.public])
    undated = _by_stack([secret for secret in there if secret.set_on is None and secret.rotation_days is not None])
    absent = _by_stack([secret for secret in evidence.secrets if not secret.present and not secret.wanted])
    for stacks, what in (
        (absent, "not set yet: `up` makes them or asks for them"),
        (unread, "not compared with others: their passphrase or key is not at hand"),
        (undated, "of unknown age: they were set before days were written down"),
    ):
        for stack, names in stacks.items():
            yield f"{stack}: {', '.join(names)}: {what}"


def _by_stack(secrets: Sequence[SecretFact]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for secret in secrets:
        found[secret.stack].append(secret.name)
    return found


def report(evidence: Evidence, _findings: Sequence[Finding]) -> str:
    """A table in Markdown: a row a secret, a column a stack, the age in days in each cell."""
    stacks = list(dict.fromkeys(secret.stack for secret in evidence.secrets))
    cells = {(secret.name, secret.stack): _cell(secret, evidence.today) for secret in evidence.secrets}
    names = dict.fromkeys(secret.name for secret in evidence.secrets)
    rows = [f"| {name} | {' | '.join(cells.get((name, stack), '') for stack in stacks)} |" for name in names]
    return "\n".join((f"| secret | {' | '.join(stacks)} |", "|---" * (len(stacks) + 1) + "|", *rows))


def _cell(secret: SecretFact, today: date) -> str:
    if not secret.present:
        return "missing" if secret.wanted else "not set yet"
    return "set" if secret.set_on is None else f"{(today - secret.set_on).days} days"


def details(evidence: Evidence) -> Mapping[str, object]:
    """Every secret, with its age in days."""
    return {
        "secrets": [
            {
                "stack": secret.stack,
                "name": secret.name,
                "present": secret.present,
                "age_days": (evidence.today - secret.set_on).days if secret.set_on else None,
                "rotation_days": secret.rotation_days,
                "compared": secret.fingerprint is not None,
            }
            for secret in evidence.secrets
        ]
    }


CHECK = Check(
    name=NAME,
    claim="every secret is there, young enough and no other stack's",
    run=check,
    report=report,
    details=details,
    unchecked=unchecked,
)
