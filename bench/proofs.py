"""`regionctl check` of a fleet of twenty regions, as a whole command, and the checks without the renders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.fleets import FEW, fleet
from bench.measure import REGIONCTL, Figure, command, figure, timed
from cli.context import Context
from fleet.evidence import evidence_of
from fleet.services import REAL
from regionctl.proofs import prove
from regionctl.proofs.prove import CHECKS


def figures(scratch: Path) -> Iterator[Figure]:
    folder, state = fleet(scratch / "proofs", FEW), str(scratch / "proofs-state")
    check = timed(lambda: command(REGIONCTL, "--regions", str(folder), "--state", state, "check"), 3)
    yield figure(f"`check` of {FEW} regions", "s", check, at_most=8)
    context = Context(
        fleet_name="prod", regions_dir=folder, state=state, json=False, verbose=False, quiet=False, services=REAL
    )
    evidence = evidence_of([context], datetime.now(UTC).date(), secrets=True)
    yield figure("the same, once everything is rendered", "s", timed(lambda: prove(CHECKS, evidence), 5))
