"""What runs that read the clouds found, kept for `regionctl status`."""

from __future__ import annotations

from fleet.context import FleetContext
from regionctl.engine import Plan, Results, RunOptions
from regionctl.engine.state.notes import drift_of, record_drift


def noted(results: Results, context: FleetContext, options: RunOptions) -> Results:
    """Keeps what was found for each stack that was read whole, and passes it on."""
    for stack, result in results.items():
        drift = drift_of(result, now=context.services.now()) if isinstance(result, Plan) else None
        if drift and not options.targets:
            record_drift(context.workspace, stack, drift)
    return results
