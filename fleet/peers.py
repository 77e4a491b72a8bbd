"""The groups of stacks that must be alike: what each sets otherwise, and what it would declare without that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from regionctl.model.program import StackProgram
from regionctl.proofs import Peer, Setting
from regionctl.render import Declaration, render_all
from regions.alike import Override, as_if_in, fleet_differences, overrides, without_overrides
from regions.load import Fleet
from regions.names import auth_names, edge_names, region_names
from regions.spec import RegionSpec
from regions.tokens import Own, comparable, region_own
from stacks.programs import programs
from stacks.table import table


def region_peers(fleet: Fleet, renders: Mapping[str, Declaration]) -> tuple[Peer, ...]:
    """A fleet's regions. Those that set nothing of their own are rendered already."""
    level = {name: without_overrides(fleet, name) for name in fleet.regions}
    without = render_all(_programs(fleet, {name: spec for name, spec in level.items() if spec != fleet.regions[name]}))
    tokens = comparable({name: region_own(fleet.spec, spec) for name, spec in level.items()})
    return tuple(
        Peer(
            stack=(stack := region_names(fleet.spec, spec).stack),
            settings=tuple(_setting(one, "the other regions") for one in overrides(fleet, name)),
            without_overrides=without.get(stack, renders[stack]),
            tokens=tokens[name],
        )
        for name, spec in level.items()
    )


def _programs(fleet: Fleet, regions: Mapping[str, RegionSpec]) -> list[StackProgram]:
    """The programs of regions as these specs have them, and not the fleet's files."""
    whole = replace(fleet, regions=MappingProxyType({**fleet.regions, **regions}))
    return [program for program in programs(whole).values() if program.region in regions]


def fleet_peers(fleets: Sequence[Fleet]) -> Iterator[tuple[Peer, ...]]:
    """Fleets beside the last one of them: auth beside auth, edge beside edge, and a region of each."""
    like = fleets[-1]
    same = {fleet.name: as_if_in(fleet, like) for fleet in fleets}
    region = min(like.regions)
    stacks = {name: _stacks(it, region) for name, it in same.items()}
    wanted = {stack for of_fleet in stacks.values() for stack in of_fleet.values()}
    rendered = render_all([one for it in same.values() for one in programs(it).values() if one.name in wanted])
    settings = {fleet.name: fleet_differences(fleet, like) for fleet in fleets}
    tokens = comparable({name: _fleet_own(it, region) for name, it in same.items()})
    for section in ("auth", "edge", "defaults"):
        yield tuple(
            Peer(
                stack=_stacks(fleet, min(fleet.regions))[section],
                settings=tuple(_setting(one, like.name) for one in settings[fleet.name] if _section(one) == section),
                # Outputs are made of what is compared, and the edge's are a digest of hosts too.
                without_overrides=replace(rendered[stacks[fleet.name][section]], outputs={}),
                tokens=tokens[fleet.name],
                excusable=False,
            )
            for fleet in fleets
        )


def _stacks(fleet: Fleet, region: str) -> dict[str, str]:
    """The stack that each section of a fleet's file is for; of the defaults, that of one region."""
    return {
        "auth": auth_names(fleet.spec).stack,
        "edge": edge_names(fleet.spec).stack,
        "defaults": region_names(fleet.spec, fleet.regions[region]).stack,
    }


def _section(override: Override) -> str:
    """What is said outside of the sections is for every region too."""
    first = str(override.path[0])
    return first if first in ("auth", "edge") else "defaults"


def _fleet_own(fleet: Fleet, region: str) -> Own:
    """The texts that a fleet cannot share with another, and the name of what each is."""
    spec = fleet.spec
    regions = tuple(fleet.regions.values())
    return [
        *region_own(spec, fleet.regions[region]),
        (auth_names(spec).project, "auth-project"),
        (spec.edge.account_id, "account"),
        (spec.edge.zone_id, "zone"),
        (str(table(spec, regions).version), "table-version"),
        (spec.domain, "domain"),
        (spec.company, "company"),
        (spec.name, "fleet"),
    ]


def _setting(override: Override, others_are: str) -> Setting:
    return Setting(
        key=override.key,
        own=str(override.own),
        others=str(override.others),
        others_are=others_are,
        source=override.source,
        others_source=override.others_source,
    )
