"""What the proofs found: for a terminal, as a document, as Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from cli.views.console import data, say
from cli.views.markdown import span
from cli.views.text import Text
from regionctl.proofs import Check, Evidence, Finding, Proof


def print_proof(proof: Proof, evidence: Evidence, *, verbose: bool) -> None:
    """A line a check; below it each failure at its file and line. With `verbose` also what is excused."""
    width = max(len(check.name) for check in proof.checks)
    for check in proof.checks:
        unchecked = _unchecked(check, evidence)
        say(_headline(check, proof, width, unchecked=bool(unchecked) and not verbose))
        shown = [finding for finding in proof.of(check.name) if finding.fails or verbose]
        for same in _alike(shown):
            say(_line(same))
        for line in unchecked if verbose else ():
            say(Text(f"  not checked: {line}", "dim"))
    say(_summary(proof, evidence))


def _unchecked(check: Check, evidence: Evidence) -> list[str]:
    """What the check could not look at."""
    return list(check.unchecked(evidence)) if check.unchecked else []


def _headline(check: Check, proof: Proof, width: int, *, unchecked: bool) -> Text:
    findings = proof.of(check.name)
    failures = sum(finding.fails for finding in findings)
    excused = len(findings) - failures
    mark = (f"{failures} failed", "bold red") if failures else ("holds", "green")
    also = f" ({excused} by a declared exception)" if excused else ""
    more = "; -v says what could not be looked at" if unchecked else ""
    return Text.assemble(f"{check.name:<{width}}  ", mark, f"  {check.claim}{also}{more}")


def _alike(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings that are one and the same in several stacks: one line of a component, one rule, one property."""
    groups: Mapping[object, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[
            finding.source or id(finding), finding.rule, finding.path, finding.message, finding.excuse is None
        ].append(finding)
    return list(groups.values())


def _line(same: list[Finding]) -> Text:
    first = same[0]
    where = Text.assemble((f"{first.source}: ", "bold")) if first.source else Text()
    return Text.assemble(
        "  ",
        where,
        f"{_subject(same)}: {first.message}",
        _ending(first),
        (f"  {first.rule}", "dim"),
    )


def _ending(finding: Finding) -> str:
    excuse = finding.excuse
    return f"; excused until {excuse.expires}: {excuse.reason}" if excuse else f"; {finding.hint}"


def _subject(same: list[Finding]) -> str:
    stacks = ", ".join(dict.fromkeys(finding.stack for finding in same))
    resources = list(dict.fromkeys(finding.resource for finding in same if finding.resource))
    what = [", ".join(resources[:3]) + (f" and {len(resources) - 3} more" if len(resources) > 3 else "")]
    return " ".join(part for part in (stacks, *what, same[0].path or "") if part)


def _summary(proof: Proof, evidence: Evidence) -> Text:
    stacks = f"{len(evidence.renders)} stacks"
    if proof.holds:
        return Text(f"{stacks}, everything holds")
    return Text(f"{stacks}, {len(proof.failures)} failed")


def proof_document(proof: Proof, evidence: Evidence) -> dict[str, Any]:
    checks = [
        {
            "name": check.name,
            "claim": check.claim,
            "holds": not any(finding.fails for finding in proof.of(check.name)),
            "findings": [_json(finding) for finding in proof.of(check.name)],
            "unchecked": _unchecked(check, evidence),
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


def print_markdown(proof: Proof, evidence: Evidence) -> None:
    """A table of the checks, then each with its report, or its findings where it has none of its own."""
    parts = [_markdown_head(proof, evidence)]
    for check in proof.checks:
        findings = proof.of(check.name)
        parts.append(f"## {check.name}\n\n{check.claim[0].upper()}{check.claim[1:]}.")
        if check.report:
            parts.append(check.report(evidence, findings))
        unchecked = [f"- not checked: {span(line)}" for line in _unchecked(check, evidence)]
        if unchecked:
            parts.append("\n".join(unchecked))
        if findings:
            parts.append("\n".join(_markdown_line(same) for same in _alike(findings)))
    data("\n\n".join(parts))


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
    text = span(f"{_subject(same)}: {first.message}{_ending(first)}")
    return f"- {'**failed** ' if first.fails else ''}{where}{text}"
