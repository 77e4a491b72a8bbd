"""The stacks of a fleet, as the tool sees them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from regionctl.program import SecretSlot, StackProgram
from regions.load import Fleet, load_fleet
from regions.names import region_names
from regions.spec import FleetSpec, RegionSpec

PROJECT = "regionctl"  # as in Pulumi.yaml
REGIONS_DIR = Path(__file__).resolve().parents[1] / "regions"


def programs(fleet: Fleet) -> dict[str, StackProgram]:
    """Every stack of the fleet by its full name, those that others need first."""
    stacks = [_region(fleet.spec, spec) for spec in fleet.regions.values()]
    return {stack.name: stack for stack in stacks}


def run_stack(name: str) -> None:
    """Runs the program of one stack by its full name, for Pulumi's own CLI."""
    programs(load_fleet(REGIONS_DIR, name.partition(".")[0]))[name].run()


def _region(fleet: FleetSpec, spec: RegionSpec) -> StackProgram:
    names = region_names(fleet, spec)
    return StackProgram(
        project=PROJECT,
        name=names.stack,
        fleet=fleet.name,
        region=spec.name,
        target=fleet.target,
        run=partial(_run_region, fleet, spec),
        config={"gcp:project": names.project, "gcp:region": spec.location},
        secrets={key: SecretSlot(kind=secret.kind, bytes=secret.bytes) for key, secret in spec.secrets.items()},
    )


def _run_region(fleet: FleetSpec, spec: RegionSpec) -> None:
    from stacks.region import region  # the SDKs load only when a program runs

    region(fleet, spec)
