"""The sync engine with 1,000 clients, while one of its four instances is killed every second for a minute."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.measure import Figure, figure, service_command

CLIENTS, KILLS = 1000, 60


def figures(scratch: Path) -> Iterable[Figure]:
    outcome = service_command("tests.sync.chaos", "--clients", str(CLIENTS), "--kills", str(KILLS), "--every", "1")
    what = f"sync: {CLIENTS} clients, {outcome['kills']} instances killed"
    yield figure(f"{what}: changes lost, doubled or out of order", "", [len(outcome["faults"])], at_most=0)
    yield figure("the same: changes delivered", "", [outcome["delivered"]])
    yield figure("the same: times that a client connected", "", [outcome["connections"]])
    yield figure("the same, from its begin to the last client's last change", "s", [outcome["seconds"]])
