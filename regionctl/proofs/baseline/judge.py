"""Judges every stack by every rule (it holds, it does not, or there is nothing that it is about), and reports that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from regionctl.proofs.findings import Evidence, Finding
from regionctl.proofs.graph import Graph, graphs
from regionctl.render import Resource

from .budget import RULES_OF_BUDGET
from .databases import RULES_OF_REDIS, RULES_OF_SQL
from .iam import RULES_OF_IAM
from .load_balancer import RULES_OF_LOAD_BALANCER
from .network import RULES_OF_NETWORK
from .pubsub import RULES_OF_PUBSUB
from .rule import Objection, Rule
from .run import RULES_OF_RUN
from .secrets import RULES_OF_KMS, RULES_OF_SECRET_MANAGER
from .storage import RULES_OF_STORAGE

NAME = "baseline"

RULES: tuple[Rule, ...] = (
    *RULES_OF_NETWORK,
    *RULES_OF_LOAD_BALANCER,
    *RULES_OF_SQL,
    *RULES_OF_REDIS,
    *RULES_OF_KMS,
    *RULES_OF_RUN,
    *RULES_OF_STORAGE,
    *RULES_OF_IAM,
    *RULES_OF_PUBSUB,
    *RULES_OF_SECRET_MANAGER,
    *RULES_OF_BUDGET,
)


class Verdict(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "n/a"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One rule on one stack. `looked_at` counts the resources that it is about."""

    rule: Rule
    stack: str
    looked_at: int
    objections: tuple[tuple[Resource, Objection], ...]

    @property
    def verdict(self) -> Verdict:
        if not self.looked_at:
            return Verdict.NOT_APPLICABLE
        return Verdict.FAIL if self.objections else Verdict.PASS


def judge(rule: Rule, graph: Graph) -> Judgement:
    subjects = tuple(rule.subjects(graph))
    objections = tuple((resource, objection) for resource in subjects for objection in rule.objections(resource, graph))
    return Judgement(rule=rule, stack=graph.facts.stack, looked_at=len(subjects), objections=objections)


def judgements(evidence: Evidence) -> tuple[Judgement, ...]:
    """Every rule on every stack, stack by stack."""
    return tuple(judge(rule, graph) for graph in graphs(evidence) for rule in RULES)


def check(evidence: Evidence) -> Iterator[Finding]:
    """What the rules object to."""
    return findings(judgements(evidence))


def findings(judged: Iterable[Judgement]) -> Iterator[Finding]:
    for judgement in judged:
        for resource, objection in judgement.objections:
            yield Finding(
                check=NAME,
                rule=judgement.rule.id,
                stack=judgement.stack,
                urn=resource.urn,
                path=objection.path,
                message=objection.message,
                hint=judgement.rule.mend,
                key=judgement.rule.id,
            )


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
