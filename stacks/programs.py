"""The stacks of a fleet, as the tool sees them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from regionctl.program import StackProgram
from regions.load import Fleet, load_fleet
from regions.names import auth_names, edge_names, region_names
from regions.spec import FleetSpec, RegionSpec
from stacks.secret_slots import auth_slots, edge_slots, slots
from stacks.table import in_table

PROJECT = "regionctl"  # as in Pulumi.yaml
REGIONS_DIR = Path(__file__).resolve().parents[1] / "regions"


def programs(fleet: Fleet) -> dict[str, StackProgram]:
    """Every stack of the fleet by its full name, those that others need first."""
    auth = _auth(fleet)
    regions = [_region(fleet.spec, region, needs=auth.name) for region in fleet.regions.values()]
    stacks = [auth, *regions, _edge(fleet, auth.name)]
    return {stack.name: stack for stack in stacks}


def run_stack(name: str) -> None:
    """Runs the program of one stack by its full name, for Pulumi's own CLI."""
    programs(load_fleet(REGIONS_DIR, name.partition(".")[0]))[name].run()


def _auth(fleet: Fleet) -> StackProgram:
    names = auth_names(fleet.spec)
    return StackProgram(
        project=PROJECT,
        name=names.stack,
        fleet=fleet.name,
        region=None,
        target=fleet.spec.target,
        run=partial(_run_auth, fleet.spec, tuple(fleet.regions.values())),
        config={"gcp:project": names.project, "gcp:region": fleet.spec.auth.location},
        secrets=auth_slots(),
    )


def _region(fleet: FleetSpec, region: RegionSpec, *, needs: str) -> StackProgram:
    names = region_names(fleet, region)
    return StackProgram(
        project=PROJECT,
        name=names.stack,
        fleet=fleet.name,
        region=region.name,
        target=fleet.target,
        run=partial(_run_region, fleet, region),
        config={"gcp:project": names.project, "gcp:region": region.location},
        secrets=slots(region),
        needs=(needs,),
    )


def _edge(fleet: Fleet, auth: str) -> StackProgram:
    """It needs the stacks that it reads: the auth service's, and those of the regions in its table."""
    regions = tuple(fleet.regions.values())
    return StackProgram(
        project=PROJECT,
        name=edge_names(fleet.spec).stack,
        fleet=fleet.name,
        region=None,
        target=fleet.spec.target,
        run=partial(_run_edge, fleet.spec, regions),
        secrets=edge_slots(fleet.spec),
        needs=(auth, *(region_names(fleet.spec, region).stack for region in in_table(regions))),
    )


# The SDKs load only when a program runs.


def _run_auth(fleet: FleetSpec, regions: tuple[RegionSpec, ...]) -> None:
    from stacks.auth import auth

    auth(fleet, regions)


def _run_region(fleet: FleetSpec, region_spec: RegionSpec) -> None:
    from stacks.region import region

    region(fleet, region_spec)


def _run_edge(fleet: FleetSpec, regions: tuple[RegionSpec, ...]) -> None:
    from stacks.edge import edge

    edge(fleet, regions)
