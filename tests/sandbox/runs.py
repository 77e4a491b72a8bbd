"""What the tests of both clouds with the real engine share."""

from __future__ import annotations

from regionctl.engine import Op, Plan, Results


def plan_of(results: Results) -> Plan:
    """The plan of the one stack that ran."""
    (plan,) = results.values()
    assert isinstance(plan, Plan), plan
    return plan


def changes(results: Results) -> dict[str, set[Op]]:
    """What is done to each resource that does not stay the same."""
    plan = plan_of(results)
    assert plan.error is None, (plan.error, plan.diagnostics)
    found: dict[str, set[Op]] = {}
    for step in plan.steps:
        if step.op not in {Op.SAME, Op.READ, Op.REFRESH}:
            found.setdefault(step.name, set()).add(step.op)
    return found
