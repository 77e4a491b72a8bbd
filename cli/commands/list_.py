"""`regionctl list`: fleets and regions at a glance."""

from __future__ import annotations

import typer

from cli.context import Context
from regionctl.model.errors import RegionctlError


class NoFleets(RegionctlError):
    """The regions folder holds no fleet."""

    def __init__(self, folder: str) -> None:
        from regions.load import no_fleets_here

        self.folder = folder
        super().__init__(
            "holds no fleet (a folder with a fleet.yaml)",
            where=folder,
            hint=no_fleets_here(),
        )


def list_(ctx: typer.Context) -> None:
    """List fleets, their stacks, and where each stands."""
    context: Context = ctx.obj
    from cli.views.errors import print_error
    from cli.views.overview import overview_document, print_not_counted, print_overview
    from fleet.overview import overview

    rows = list(overview(context))
    if not rows:
        raise NoFleets(str(context.regions_dir))
    context.show(overview_document, print_overview, rows)
    print_not_counted(rows)
    broken = [fleet.error for fleet in rows if fleet.error]
    for error in broken:
        print_error(error)
    if broken:
        raise typer.Exit(1)
