"""What the proofs found, for a terminal."""

from __future__ import annotations

from cli.views.console import say
from cli.views.text import Text
from regionctl.proofs import Check, Evidence, Finding, Proof
from regionctl.proofs.report import alike, ending, subject, unchecked


def print_proof(proof: Proof, evidence: Evidence, *, verbose: bool) -> None:
    """A line a check; below it each failure at its file and line. With `verbose` also what is excused."""
    width = max(len(check.name) for check in proof.checks)
    for check in proof.checks:
        unknown = unchecked(check, evidence)
        say(_headline(check, proof, width, more=bool(unknown) and not verbose))
        shown = [finding for finding in proof.of(check.name) if finding.fails or verbose]
        for same in alike(shown):
            say(_line(same))
        for line in unknown if verbose else ():
            say(Text(f"  not checked: {line}", "dim"))
    say(_summary(proof, evidence))


def _headline(check: Check, proof: Proof, width: int, *, more: bool) -> Text:
    findings = proof.of(check.name)
    failures = sum(finding.fails for finding in findings)
    excused = len(findings) - failures
    mark = (f"{failures} failed", "bold red") if failures else ("holds", "green")
    also = f" ({excused} by a declared exception)" if excused else ""
    hint = "; -v says what could not be looked at" if more else ""
    return Text.assemble(f"{check.name:<{width}}  ", mark, f"  {check.claim}{also}{hint}")


def _line(same: list[Finding]) -> Text:
    first = same[0]
    where = Text.assemble((f"{first.source}: ", "bold")) if first.source else Text()
    return Text.assemble(
        "  ",
        where,
        f"{subject(same)}: {first.message}",
        ending(first),
        (f"  {first.rule}", "dim"),
    )


def _summary(proof: Proof, evidence: Evidence) -> Text:
    stacks = f"{len(evidence.renders)} stacks"
    if proof.holds:
        return Text(f"{stacks}, everything holds")
    return Text(f"{stacks}, {len(proof.failures)} failed")
