"""What proofs found, as a document and as Markdown, and the words that they share with what a terminal shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from regionctl.model.markdown import span

from .findings import Check, Evidence, Finding
from .prove import Proof


def document(proof: Proof, evidence: Evidence) -> dict[str, Any]:
    """Every check with its findings, as data."""
    checks = [
        {
            "name": check.name,
            "claim": check.claim,
            "holds": not any(finding.fails for finding in proof.of(check.name)),
            "findings": [_json(finding) for finding in proof.of(check.name)],
            "unchecked": unchecked(check, evidence),
            **(check.details(evidence) if check.details else {}),
        }
        for check in proof.checks
    ]
    return {"version": 1, "kind": "check", "stacks": list(evidence.renders), "holds": proof.holds, "checks": checks}


def _json(finding: Finding) -> dict[str, Any]:
    source, excuse = finding.source, finding.excuse
    return {
        "rule": finding.rule,
        "stack": finding.stack,
        "urn": finding.urn,
        "path": finding.path,
        "message": finding.message,
        "hint": finding.hint,
        "source": source and {"file": source.file, "line": source.line, "column": source.column},
        "excuse": excuse and {"reason": excuse.reason, "expires": excuse.expires.isoformat(), "at": str(excuse.source)},
        "fails": finding.fails,
    }


def markdown(proof: Proof, evidence: Evidence) -> str:
    """A table of the checks, then each with its report, or its findings where it has none of its own."""
    parts = [_markdown_head(proof, evidence)]
    for check in proof.checks:
        findings = proof.of(check.name)
        parts.append(f"## {check.name}\n\n{check.claim[0].upper()}{check.claim[1:]}.")
        if check.report:
            parts.append(check.report(evidence, findings))
        unknown = [f"- not checked: {span(line)}" for line in unchecked(check, evidence)]
        if unknown:
            parts.append("\n".join(unknown))
        if findings:
            parts.append("\n".join(_markdown_line(same) for same in alike(findings)))
    return "\n\n".join(parts)


def _markdown_head(proof: Proof, evidence: Evidence) -> str:
    fleets = ", ".join(dict.fromkeys(facts.fleet for facts in evidence.facts.values()))
    rows = []
    for check in proof.checks:
        failures = sum(finding.fails for finding in proof.of(check.name))
        excused = len(proof.of(check.name)) - failures
        rows.append(f"| {check.name} | {f'{failures} failed' if failures else 'holds'} | {excused} |")
    head = f"# Proofs of {fleets}, {evidence.today}\n\nFrom what {len(evidence.renders)} stacks declare."
    return "\n".join((head, "", "| check | result | excused |", "|---|---|---|", *rows))


def _markdown_line(same: list[Finding]) -> str:
    first = same[0]
    where = f"{span(str(first.source))} " if first.source else ""
    text = span(f"{subject(same)}: {first.message}{ending(first)}")
    return f"- {'**failed** ' if first.fails else ''}{where}{text}"


def unchecked(check: Check, evidence: Evidence) -> list[str]:
    """What the check could not look at."""
    return list(check.unchecked(evidence)) if check.unchecked else []


def alike(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings that are one and the same in several stacks: one line of a component, one rule, one property."""
    groups: Mapping[object, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[
            finding.source or id(finding), finding.rule, finding.path, finding.message, finding.excuse is None
        ].append(finding)
    return list(groups.values())


def subject(same: list[Finding]) -> str:
    """Which stacks and resources, and at which property."""
    stacks = ", ".join(dict.fromkeys(finding.stack for finding in same))
    resources = list(dict.fromkeys(finding.resource for finding in same if finding.resource))
    what = [", ".join(resources[:3]) + (f" and {len(resources) - 3} more" if len(resources) > 3 else "")]
    return " ".join(part for part in (stacks, *what, same[0].path or "") if part)


def ending(finding: Finding) -> str:
    """What to do about it, or why nothing is to be done."""
    excuse = finding.excuse
    return f"; excused until {excuse.expires}: {excuse.reason}" if excuse else f"; {finding.hint}"
