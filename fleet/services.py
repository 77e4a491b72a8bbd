"""What the commands of a fleet use of the world besides the files of a checkout, a person who answers among it. A test
gives others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from regionctl.model.errors import RegionctlError

if TYPE_CHECKING:
    from fleet.bootstrap.probes import Probed
    from fleet.context import FleetContext
    from fleet.doctor.findings import Finding
    from regionctl.engine import Engine, PulumiCli, Workspace
    from regionctl.model.program import StackProgram
    from regionctl.probes import Probe
    from regions.load import Fleet

ROOT = Path(__file__).resolve().parents[1]


class NotConfirmed(RegionctlError):
    """Nobody can be asked, and `--yes` was not given."""

    def __init__(self) -> None:
        super().__init__("there is no terminal to ask on", hint="give --yes to go on without being asked")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who answers. `yes`: the answer to every question was given before. `can_answer`: whether anybody is there."""

    yes: bool
    can_answer: Callable[[], bool]
    confirms: Callable[[str], bool]  # a question
    types: Callable[[str], str]  # what is to be typed, as a sentence

    def must_be_able_to_answer(self) -> None:
        """Raises NotConfirmed at once, before any work is done."""
        if not self.yes and not self.can_answer():
            raise NotConfirmed

    def agrees(self, question: str) -> bool:
        return self.yes or self.confirms(question)


def _engine(workspace: Workspace) -> Engine:
    from regionctl.engine import Engine

    return Engine(workspace=workspace)


def _programs(fleet: Fleet) -> Mapping[str, StackProgram]:
    from stacks.programs import programs

    return programs(fleet)


def _probe(context: FleetContext) -> Probe:
    """Of a sandbox fleet the emulated clouds are asked, of a cloud fleet the origins themselves."""
    from regionctl.model.program import Target
    from regionctl.probes.emulated import EmulatedProbe
    from regionctl.probes.https import HttpsProbe

    return EmulatedProbe(context.sandbox_data) if context.fleet.spec.target is Target.SANDBOX else HttpsProbe()


def _find_cli() -> PulumiCli | None:
    from regionctl.engine import find

    return find()


def _now() -> datetime:
    return datetime.now(UTC)


def _preflight(context: FleetContext) -> Iterable[Finding]:
    from fleet.bootstrap.preflight import preflight

    return preflight(context)


def _probe_all(context: FleetContext) -> Iterable[Probed]:
    from fleet.bootstrap.probes import probe_online, probe_sandbox
    from regionctl.model.program import Target

    return probe_sandbox(context) if context.fleet.spec.target is Target.SANDBOX else probe_online(context)


@dataclass(frozen=True, kw_only=True)
class Services:
    """Each is called when it is needed, and not before.

    `engine` runs stacks and keeps their states, `programs` are the fleet's by stack, `probe` asks one region's origin,
    `find_cli` finds Pulumi's CLI. `preflight` and `probe_all` are the first and the last step of a bootstrap. `code` is
    the folder of the code that a saved plan is made from, and `packages` has the Worker's own. `google` is the host of
    Google's API that the doctor asks.
    """

    engine: Callable[[Workspace], Engine] = _engine
    programs: Callable[[Fleet], Mapping[str, StackProgram]] = _programs
    probe: Callable[[FleetContext], Probe] = _probe
    now: Callable[[], datetime] = _now
    find_cli: Callable[[], PulumiCli | None] = _find_cli
    preflight: Callable[[FleetContext], Iterable[Finding]] = _preflight
    probe_all: Callable[[FleetContext], Iterable[Probed]] = _probe_all
    code: Path = ROOT
    packages: Path = ROOT / "worker" / "node_modules"
    google: str = "cloudresourcemanager.googleapis.com"


REAL = Services()
