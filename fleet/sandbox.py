"""The emulated clouds of a fleet, for people: what they say in words, as what the clouds take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fleet.context import FleetContext
from regionctl.adopt.writers import Format, write
from regionctl.model.errors import RegionctlError
from regionctl.model.program import Target
from regionctl.sandbox import clouds
from regionctl.sandbox.clouds import CloudResource
from regionctl.sandbox.faults import FaultKind
from regionctl.system.reading import NotOfTheShape, loaded


class NotASandbox(RegionctlError):
    """The fleet lives in the real clouds."""

    def __init__(self, fleet: str) -> None:
        self.fleet = fleet
        super().__init__(f"{fleet} lives in the real clouds, not in a sandbox", hint="choose another with --fleet")


class UnknownFault(RegionctlError):
    """There is no such kind of fault."""

    def __init__(self, kind: str, known: Sequence[str]) -> None:
        self.kind = kind
        super().__init__(f"no fault is called {kind!r}", hint=f"the kinds are {', '.join(known)}")


def data_file(context: FleetContext) -> Path:
    """The file of the fleet's emulated clouds. Raises NotASandbox."""
    if context.fleet.spec.target is not Target.SANDBOX:
        raise NotASandbox(context.fleet_name)
    return context.sandbox_data


def change_of(text: str) -> tuple[str, Any]:
    """`PATH=VALUE`: a property and its new value, JSON where it is some, else the text itself."""
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise RegionctlError(f"{text!r} is no change", hint="write PATH=VALUE, such as settings.tier=db-custom-1-3840")
    try:
        return path, loaded(value)
    except NotOfTheShape:
        return path, value


def kind_of(name: str) -> FaultKind:
    """Raises UnknownFault."""
    if name not in set(FaultKind):
        raise UnknownFault(name, [str(known) for known in FaultKind])
    return FaultKind(name)


def export(data: Path, folder: Path, form: str, project: str | None) -> tuple[Sequence[CloudResource], Sequence[Path]]:
    """Writes what exists, all or what lies in a project, into a new folder; the resources, and the files."""
    chosen = [one for one in clouds.resources(data) if project in {None, one.project}]
    return chosen, list(write(chosen, folder, Format(form)))
