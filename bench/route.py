"""The auth service's answer to the Worker: which region, with a signed context."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.measure import Figure, figure, service_command


def figures(scratch: Path) -> Iterable[Figure]:
    outcome = service_command("tests.auth.route_load")
    what = f"route: {outcome['credentials']:,} credentials, one core, {outcome['per_second']:,} questions/s"
    yield figure(f"{what}: p99", "ms", outcome["p99_ms"], at_most=20)
    yield figure("the same: p50", "ms", outcome["p50_ms"])
    yield figure("the same: CPU time of the service a question", "ms", outcome["cpu_ms"])
    yield figure("the same: questions without an answer", "", [outcome["unanswered"]], at_most=0)
