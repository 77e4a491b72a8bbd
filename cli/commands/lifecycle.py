"""`regionctl activate`, `drain`, `close`: a region's lifecycle, changed in its file; what to apply next is said.

    planned -activate-> active -drain-> draining -close-> closed
                        active <-activate- draining

Nothing but the file changes: the edge's table and the auth service's accounts follow from the specs with the next `up`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import SkipProbe
from cli.complete import complete_region
from cli.context import Context
from regionctl.model.errors import CheckFailed

if TYPE_CHECKING:
    from regionctl.engine.state.checkpoint import StateResource
    from regionctl.probes import ProbeResult
    from regions.spec import Lifecycle

Region = Annotated[str, typer.Argument(metavar="REGION", help="A region's name.", autocompletion=complete_region)]


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


def activate(
    ctx: typer.Context,
    region: Region,
    skip_probe: SkipProbe = None,
) -> None:
    """Let a region take users: planned or draining -> active. Its origin must answer."""
    context: Context = ctx.obj
    context.announce()
    change = _Change(context, region, "active")
    if change.needed:
        from fleet.deployed import origin, probed
        from regionctl.probes import require

        program = context.one(change.region)
        origin(context, program)  # a region that was never applied has none, whatever is skipped
        if skip_probe is None:
            change.probed = probed(context, program)
            require([change.probed])
        change.write()
    change.show(("up", "edge"), skipped=skip_probe)


def drain(ctx: typer.Context, region: Region) -> None:
    """Let a region take no new workspaces: active -> draining. It still serves those that it has."""
    context: Context = ctx.obj
    context.announce()
    change = _Change(context, region, "draining")
    change.write()
    change.show(("up", "edge"))


def close(ctx: typer.Context, region: Region) -> None:
    """Take a region out of service for good: draining -> closed. Refused while it takes users or holds data."""
    context: Context = ctx.obj
    context.announce()
    change = _Change(context, region, "closed")
    from fleet.deployed import applied_table, checkpoint

    state = checkpoint(context, context.one(change.region))
    holds = any(resource.custom for resource in state.resources)
    if change.needed:
        if holds:  # otherwise nothing serves there, and the sooner the edge knows the better
            _must_be_drained(change, applied_table(context))
        if protected := tuple(resource for resource in state.resources if resource.protect):
            raise HoldsData(change.region, protected, context.command("down", change.region, "--unprotect"))
        change.write()
    rest = [("down", change.region)] if holds else []
    change.show(("up", "edge"), *rest, ("up", "auth"))


def _must_be_drained(change: _Change, table: Mapping[str, str]) -> None:
    """A draining region is in the table until it is closed: it must be there as such."""
    if table.get(change.region) == "active":
        raise StillTakesUsers(change.region, f"run: {change.context.command('up', 'edge')}")


class _Change:
    """One change of a region's lifecycle; none is needed where it is so already.

    Raises UnknownRegion, IllegalTransition, LastActiveRegion.
    """

    def __init__(self, context: Context, region: str, wanted: str) -> None:
        from regions.lifecycle import check_transition
        from regions.spec import Lifecycle

        self.context = context
        self.wanted = Lifecycle(wanted)
        self.region = region.removeprefix(f"{context.fleet_name}.")
        self.before: Lifecycle = context.fleet.region(self.region).lifecycle
        self.needed = self.before is not self.wanted
        self.probed: ProbeResult | None = None
        if self.needed:
            check_transition(context.fleet, self.region, self.wanted)

    def write(self) -> None:
        """Raises NotEditable, NotWritten, SpecError; then the file is as it was."""
        if not self.needed:
            return
        from regions.edit import Edit, edit_fleet

        edit = Edit(region=self.region, path=("lifecycle",), value=str(self.wanted))
        edit_fleet(self.context.regions_dir, self.context.fleet_name, [edit])

    def show(self, *following: tuple[str, ...], skipped: str | None = None) -> None:
        from cli.views.lifecycle import Transition, print_transition

        transition = Transition(
            region=self.region,
            file=self.context.fleet.file(self.region),
            before=self.before,
            after=self.wanted,
            probed=self.probed,
            skipped=skipped if self.needed else None,
            following=tuple(self.context.command(*words) for words in following),
        )
        print_transition(transition, as_json=self.context.json)
