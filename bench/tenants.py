"""Requests of every kind from everybody, through the Worker, auth and two regions: does anything cross tenants?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.measure import Figure, figure, service_command

REQUESTS = 5000


def figures(scratch: Path) -> Iterable[Figure]:
    outcome = service_command("tests.end_to_end.fuzz", "--requests", str(REQUESTS))
    what = f"{outcome['requests']} requests through Worker, auth and two regions"
    yield figure(f"{what}: answers of another tenant or region", "", [len(outcome["faults"])], at_most=0)
    yield figure("the same", "s", [outcome["seconds"]])
