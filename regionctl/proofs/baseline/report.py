"""The baseline as an auditor reads it: every rule, and on how many stacks it holds."""

from __future__ import annotations

from collections.abc import Sequence

from regionctl.proofs.findings import Evidence, Finding

from .judge import RULES, Judgement, Verdict, judgements

_ABOUT = """\
Rules have the numbers of Checkov (CKV_GCP), Trivy (AVD-GCP) or the CIS Google Cloud Foundations Benchmark 4.0; those
that start with `baseline/` are this project's own. A rule does not apply (n/a) to a stack that has nothing that it is
about. A failure counts, whether an exception excuses it or not."""


def report(evidence: Evidence, _findings: Sequence[Finding]) -> str:
    """A table of the rules, in Markdown."""
    judged = judgements(evidence)
    head = (
        _ABOUT,
        "",
        "| area | rule | also | what must hold | pass | fail | n/a |",
        "|---|---|---|---|---|---|---|",
    )
    rows = [_row([judgement for judgement in judged if judgement.rule is rule]) for rule in RULES]
    return "\n".join((*head, *rows))


def details(evidence: Evidence) -> dict[str, object]:
    """Every rule with its verdict (`pass`, `fail`, `n/a`) on each stack, and how many of each there are."""
    judged = judgements(evidence)
    counts = {verdict: sum(judgement.verdict is verdict for judgement in judged) for verdict in Verdict}
    rules = [
        {
            "id": rule.id,
            "also": list(rule.also),
            "area": rule.area,
            "claim": rule.claim,
            "stacks": {judgement.stack: judgement.verdict for judgement in judged if judgement.rule is rule},
        }
        for rule in RULES
    ]
    return {"counts": counts, "rules": rules}


def _row(judged: list[Judgement]) -> str:
    rule = judged[0].rule
    counts = [sum(judgement.verdict is verdict for judgement in judged) for verdict in Verdict]
    cells = (rule.area, rule.id, ", ".join(rule.also), rule.claim, *map(str, counts))
    return f"| {' | '.join(cells)} |"
