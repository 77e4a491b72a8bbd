"""A region's lifecycle, changed in its file, and which commands carry the change out.

    planned -activate-> active -drain-> draining -close-> closed
                        active <-activate- draining

Nothing but the file changes: the edge's table and the auth service's accounts follow from the specs with the next `up`.

Nothing has left a draining region for good, so a drain that was a mistake, or that waits for a repair, is taken back. A
closed region's project and names are given up; a region that comes back is a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from fleet import deployed
from fleet.context import FleetContext
from regionctl.engine.state.checkpoint import StateResource
from regionctl.model.errors import CheckFailed, Position, RegionctlError
from regionctl.model.hints import command
from regionctl.probes import ProbeResult, require
from regions.edit import Edit, edit_fleet
from regions.load import Fleet
from regions.spec import Lifecycle

NEXT = MappingProxyType(
    {
        Lifecycle.PLANNED: (Lifecycle.ACTIVE,),
        Lifecycle.ACTIVE: (Lifecycle.DRAINING,),
        Lifecycle.DRAINING: (Lifecycle.ACTIVE, Lifecycle.CLOSED),
        Lifecycle.CLOSED: (),
    }
)

_WAY_ON = {
    (Lifecycle.PLANNED, Lifecycle.DRAINING): "nobody lives there yet; to give it up: {down}",
    (Lifecycle.PLANNED, Lifecycle.CLOSED): ("nobody lives there yet; to give it up: {down}, then delete its file"),
    (Lifecycle.ACTIVE, Lifecycle.CLOSED): "drain it first: {drain}",
}
_CLOSED_FOR_GOOD = "a closed region does not come back; make a new one: {new}"


class IllegalTransition(RegionctlError):
    """A region cannot go from one state to the other."""

    def __init__(self, region: str, now: Lifecycle, wanted: Lifecycle, where: Position) -> None:
        self.region, self.now, self.wanted = region, now, wanted
        hint = _WAY_ON.get((now, wanted), _CLOSED_FOR_GOOD).format(
            down=command("down", region),
            drain=command("drain", region),
            new=command("new", "NAME", "--like", region),
        )
        super().__init__(f"{region} is {now} and cannot become {wanted}", where=where, hint=hint)


class LastActiveRegion(RegionctlError):
    """Without this region nobody could sign up."""

    def __init__(self, region: str, where: Position) -> None:
        self.region = region
        super().__init__(
            f"{region} is the only region that takes new workspaces: nobody could sign up any more",
            where=where,
            hint=f"activate another one first: {command('activate', 'REGION')}",
        )


def check_transition(fleet: Fleet, region: str, wanted: Lifecycle) -> None:
    """Raises UnknownRegion, IllegalTransition, LastActiveRegion. To stay as it is, is no transition: not for here."""
    now = fleet.region(region).lifecycle
    where = fleet.position(region, ("lifecycle",))
    if wanted not in NEXT[now]:
        raise IllegalTransition(region, now, wanted, where)
    taking = [name for name, spec in fleet.regions.items() if spec.open_weight]
    if wanted is Lifecycle.DRAINING and taking == [region]:
        raise LastActiveRegion(region, where)


def _takes_new(fleet: Fleet, locality: str) -> bool:
    """Whether somebody can sign up in the locality."""
    return any(spec.open_weight for spec in fleet.regions.values() if spec.locality == locality)


class StillTakesUsers(CheckFailed):
    """The edge was not told yet that the region is draining: it would lose people who sign up now."""

    def __init__(self, region: str, command: str) -> None:
        self.region = region
        super().__init__(f"the edge still places new workspaces in {region}: its drain was not applied", hint=command)


class HoldsData(CheckFailed):
    """The region's state has protected resources. `resources` are their names."""

    def __init__(self, region: str, protected: tuple[StateResource, ...], command: str) -> None:
        self.region = region
        self.resources = tuple(resource.name for resource in protected)
        kinds = ", ".join(f"{one.type.rpartition(':')[2]} {one.name}" for one in protected)
        super().__init__(
            f"{region} still holds protected data: {kinds}",
            hint=f"move its workspaces and keep a backup elsewhere, then run: {command}",
        )


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A region's lifecycle before and after. `following`: the commands that carry it out. `weight`: the share of its
    locality's new workspaces that it takes then; `locality_open`: whether any region there takes some.
    """

    region: str
    file: str
    locality: str
    locality_open: bool
    weight: int
    before: Lifecycle
    after: Lifecycle
    following: tuple[str, ...]
    probed: ProbeResult | None = None
    skipped: str | None = None  # why the origin was not asked

    @property
    def changes(self) -> bool:
        return self.before is not self.after


def activate(context: FleetContext, region: str, *, skip_probe: str | None = None) -> Transition:
    """Lets a planned or draining region take users, whose origin must answer. `skip_probe` says why nobody asks it.

    Raises UnknownRegion, IllegalTransition, NotApplied, NotAnswering, NotEditable.
    """
    region, before = _before(context, region, Lifecycle.ACTIVE)
    probed = None
    if before is not Lifecycle.ACTIVE:
        reached = deployed.origin(context, context.one(region))  # none where it was never applied, whatever is skipped
        if skip_probe is None:
            probed = context.services.probe(context)(reached)
            require([probed])
    skipped = skip_probe if before is not Lifecycle.ACTIVE else None
    return _written(context, region, before, Lifecycle.ACTIVE, [("up", "edge")], probed=probed, skipped=skipped)


def drain(context: FleetContext, region: str) -> Transition:
    """Lets an active region take no new workspaces. Raises UnknownRegion, IllegalTransition, LastActiveRegion."""
    region, before = _before(context, region, Lifecycle.DRAINING)
    return _written(context, region, before, Lifecycle.DRAINING, [("up", "edge")])


def close(context: FleetContext, region: str) -> Transition:
    """Takes a draining region out of service for good.

    Raises UnknownRegion, IllegalTransition; StillTakesUsers, HoldsData.
    """
    region, before = _before(context, region, Lifecycle.CLOSED)
    state = deployed.checkpoint(context, context.one(region))
    holds = any(resource.custom for resource in state.resources)
    if before is not Lifecycle.CLOSED:
        # A draining region is in the edge's table as such until it is closed. Where the region holds nothing, nothing
        # serves there, and the sooner the edge knows the better.
        if holds and deployed.applied_table(context).get(region) == Lifecycle.ACTIVE:
            raise StillTakesUsers(region, f"run: {context.command('up', 'edge')}")
        if protected := tuple(resource for resource in state.resources if resource.protect):
            raise HoldsData(region, protected, context.command("down", region, "--unprotect"))
    rest = [("down", region)] if holds else []
    return _written(context, region, before, Lifecycle.CLOSED, [("up", "edge"), *rest, ("up", "auth")])


def _before(context: FleetContext, region: str, wanted: Lifecycle) -> tuple[str, Lifecycle]:
    """A region's name without its fleet's, and its lifecycle; it must lead to `wanted`, or be that already."""
    region = region.removeprefix(f"{context.fleet_name}.")
    before = context.fleet.region(region).lifecycle
    if before is not wanted:
        check_transition(context.fleet, region, wanted)
    return region, before


def _written(
    context: FleetContext,
    region: str,
    before: Lifecycle,
    after: Lifecycle,
    following: list[tuple[str, ...]],
    *,
    probed: ProbeResult | None = None,
    skipped: str | None = None,
) -> Transition:
    """Raises NotEditable, NotWritten, SpecError; then the file is as it was."""
    fleet = context.fleet
    if before is not after:
        edit = Edit(region=region, path=("lifecycle",), value=str(after))
        fleet = edit_fleet(context.regions_dir, context.fleet_name, [edit])
    spec = fleet.region(region)
    return Transition(
        region=region,
        file=fleet.file(region),
        locality=spec.locality,
        locality_open=_takes_new(fleet, spec.locality),
        weight=spec.open_weight,
        before=before,
        after=after,
        probed=probed,
        skipped=skipped,
        following=tuple(context.command(*words) for words in following),
    )
