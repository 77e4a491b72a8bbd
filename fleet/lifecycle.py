"""A region's lifecycle, changed in its file, and which commands carry the change out.

    planned -activate-> active -drain-> draining -close-> closed
                        active <-activate- draining

Nothing but the file changes: the edge's table and the auth service's accounts follow from the specs with the next `up`.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleet import deployed
from fleet.context import FleetContext
from regionctl.engine.state.checkpoint import StateResource
from regionctl.model.errors import CheckFailed
from regionctl.probes import ProbeResult, require
from regions.edit import Edit, edit_fleet
from regions.lifecycle import check_transition
from regions.spec import Lifecycle


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
    """A region's lifecycle before and after. `following`: the commands that carry it out."""

    region: str
    file: str
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
    file = context.fleet.file(region)
    if before is not after:
        edit_fleet(
            context.regions_dir, context.fleet_name, [Edit(region=region, path=("lifecycle",), value=str(after))]
        )
    return Transition(
        region=region,
        file=file,
        before=before,
        after=after,
        probed=probed,
        skipped=skipped,
        following=tuple(context.command(*words) for words in following),
    )
