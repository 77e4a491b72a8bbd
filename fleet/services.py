"""What the commands of a fleet use of the real world. A test gives other `Services`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fleet.context import FleetContext, Services
from regionctl.model.program import StackProgram, Target

if TYPE_CHECKING:
    from fleet.results import Finding, Probed
    from regionctl.engine import Engine, PulumiCli, Workspace
    from regionctl.probes import Probe
    from regionctl.review.revision import Recipe, RevisionDiff
    from regions.load import Fleet

ROOT = Path(__file__).resolve().parents[1]


def _engine(workspace: Workspace) -> Engine:
    from regionctl.engine import Engine

    return Engine(workspace=workspace)


def _programs(fleet: Fleet) -> Mapping[str, StackProgram]:
    from stacks.programs import programs

    return programs(fleet)


def _probe(context: FleetContext) -> Probe:
    """Of a sandbox fleet the emulated clouds are asked, of a cloud fleet the origins themselves."""
    from regionctl.probes.emulated import EmulatedProbe
    from regionctl.probes.https import HttpsProbe

    return EmulatedProbe(context.sandbox_data) if context.fleet.spec.target is Target.SANDBOX else HttpsProbe()


def _find_cli() -> PulumiCli | None:
    from regionctl.engine import find

    return find()


def _preflight(context: FleetContext) -> Iterable[Finding]:
    from fleet.bootstrap.preflight import preflight

    return preflight(context)


def _probe_all(context: FleetContext) -> Iterable[Probed]:
    from fleet.bootstrap.probes import probe_online, probe_sandbox

    return probe_sandbox(context) if context.fleet.spec.target is Target.SANDBOX else probe_online(context)


def _compare(project: Path, revision: str, recipe: Recipe) -> RevisionDiff:
    from regionctl.review.revision import diff

    return diff(project, revision, recipe)


REAL = Services(
    engine=_engine,
    programs=_programs,
    probe=_probe,
    now=lambda: datetime.now(UTC),
    find_cli=_find_cli,
    preflight=_preflight,
    probe_all=_probe_all,
    compare=_compare,
    code=ROOT,
    packages=ROOT / "worker" / "node_modules",
    google="cloudresourcemanager.googleapis.com",
)
