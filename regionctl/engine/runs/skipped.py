"""After a run that failed: the resources that failed before they had a step, and those that were not tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regionctl.engine.state.checkpoint import Checkpoint
from regionctl.model.errors import RegionctlError
from regionctl.model.events import Op, Severity, Status, Step
from regionctl.model.plan import Kind
from regionctl.render import Resource, render

from .event_collector import Collector

if TYPE_CHECKING:
    from .automation import Run


def with_unfinished(run: Run, collector: Collector, before: Checkpoint) -> tuple[Step, ...]:
    """The steps, and one for each declared resource that has none: failed where a message says so, else skipped."""
    if run.kind is not Kind.UP or run.options.targets:
        return collector.steps
    try:
        declared = render(run.program).resources.values()
    except RegionctlError:
        return collector.steps
    seen = {step.urn for step in collector.steps}
    refused = {d.urn for d in collector.diagnostics if d.severity is Severity.ERROR}
    existing = {resource.urn for resource in before.resources}
    unseen = (r for r in declared if r.urn not in seen)
    return (*collector.steps, *(_step(r, existing=r.urn in existing, failed=r.urn in refused) for r in unseen))


def _step(resource: Resource, *, existing: bool, failed: bool) -> Step:
    return Step(
        op=Op.UPDATE if existing else Op.CREATE,
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        parent=resource.parent,
        custom=resource.custom,
        protect=bool(resource.options.protect),
        status=Status.FAILED if failed else Status.SKIPPED,
    )
