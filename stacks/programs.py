"""The stacks of a fleet, as the tool sees them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from regionctl.model.program import StackKind, StackProgram
from regionctl.providers import include
from regions.load import Fleet, load_fleet
from regions.names import auth_names, ci_names, edge_names, region_names
from regions.spec import CiSpec, FleetSpec, Lifecycle, RegionSpec
from stacks.secret_slots import auth_slots, edge_slots, slots
from stacks.table import in_table

PROJECT = "regionctl"  # as in Pulumi.yaml
ROOT = Path(__file__).resolve().parents[1]
REGIONS_DIR = ROOT / "regions"


def programs(fleet: Fleet) -> dict[str, StackProgram]:
    """Every stack of the fleet by its full name, those that others need first."""
    own_types()
    auth = _auth(fleet)
    regions = [_region(fleet.spec, region, needs=auth.name) for region in fleet.regions.values()]
    stacks = [auth, *regions, edge_program(fleet), *_ci(fleet)]
    return {stack.name: stack for stack in stacks}


def own_types() -> None:
    """Makes the company's own resource types known to the tool."""
    include(ROOT / "components" / "catalogue.toml")


def edge_program(fleet: Fleet, *, opening: Collection[str] = (), held_back: Collection[str] = ()) -> StackProgram:
    """The edge's stack. Two things are not in the specs, and are said here by whoever knows:

    `opening`: regions that have an origin and are not routed to yet. Their DNS records come before that, since their
    certificates wait for them. `held_back`: regions that the specs route to and that did not come up.
    Without both it is a pure function of the specs.
    """
    regions = fleet.regions.values()
    routed = in_table(region for region in regions if region.name not in held_back)
    later = (region for region in regions if region.name in opening and region.lifecycle is not Lifecycle.CLOSED)
    records = (*routed, *(region for region in later if region not in routed))
    auth = auth_names(fleet.spec).stack
    return StackProgram(
        project=PROJECT,
        name=edge_names(fleet.spec).stack,
        fleet=fleet.name,
        region=None,
        target=fleet.spec.target,
        run=partial(_run_edge, fleet.spec, tuple(routed), records),
        kind=StackKind.EDGE,
        modules=("stacks.edge",),
        providers=frozenset({"cloudflare"}),
        secrets=edge_slots(fleet.spec),
        # The stacks that it reads.
        needs=(auth, *(region_names(fleet.spec, region).stack for region in records)),
    )


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
        kind=StackKind.AUTH,
        modules=("stacks.auth",),
        providers=frozenset({"gcp"}),
        config=_google(fleet.spec, names.project, fleet.spec.auth.location),
        secrets=auth_slots(),
    )


def _ci(fleet: Fleet) -> Iterator[StackProgram]:
    if fleet.spec.ci is None:
        return
    names = ci_names(fleet.spec, fleet.spec.ci)
    yield StackProgram(
        project=PROJECT,
        name=names.stack,
        fleet=fleet.name,
        region=None,
        target=fleet.spec.target,
        run=partial(_run_ci, fleet.spec, fleet.spec.ci),
        kind=StackKind.CI,
        modules=("stacks.ci",),
        providers=frozenset({"gcp"}),
        config=_google(fleet.spec, names.project, fleet.spec.auth.location),
        by_name_alone=True,
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
        modules=("stacks.region",),
        providers=frozenset({"gcp"}),
        config=_google(fleet, names.project, region.location),
        secrets=slots(region),
        needs=(needs,),
    )


def _google(fleet: FleetSpec, project: str, location: str) -> dict[str, str]:
    """What Google's provider is told. With both of its last settings every call names the quota project, which some
    APIs want of people's own accounts (`billing_project` in
    https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference)."""
    config = {"gcp:project": project, "gcp:region": location}
    if fleet.quota_project:
        config |= {"gcp:userProjectOverride": "true", "gcp:billingProject": fleet.quota_project}
    return config


# The SDKs load only when a program runs.


def _run_auth(fleet: FleetSpec, regions: tuple[RegionSpec, ...]) -> None:
    from stacks.auth import auth

    auth(fleet, regions)


def _run_region(fleet: FleetSpec, region_spec: RegionSpec) -> None:
    from stacks.region import region

    region(fleet, region_spec)


def _run_ci(fleet: FleetSpec, spec: CiSpec) -> None:
    from stacks.ci import ci

    ci(fleet, spec)


def _run_edge(fleet: FleetSpec, routed: tuple[RegionSpec, ...], records: tuple[RegionSpec, ...]) -> None:
    from stacks.edge import edge

    edge(fleet, routed, records=records)
