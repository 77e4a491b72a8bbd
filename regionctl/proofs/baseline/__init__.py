"""The security baseline: rules that can be looked up, over the declared resources of each stack.

    RULES          every rule, by area
    check          Evidence -> findings
    judgements     Evidence -> each rule on each stack: pass, fail or n/a

A rule is pure. A value that is known only after an apply is never taken for a good one, and a rule with nothing to look
at does not apply.
"""

from __future__ import annotations

from regionctl.proofs.findings import Check

from .judge import NAME, RULES, Judgement, Verdict, check, details, findings, judge, judgements, report
from .rule import Objection, Rule

CHECK = Check(name=NAME, claim="every stack keeps to the security baseline", run=check, report=report, details=details)

__all__ = [
    "CHECK",
    "NAME",
    "RULES",
    "Judgement",
    "Objection",
    "Rule",
    "Verdict",
    "check",
    "findings",
    "judge",
    "judgements",
]
