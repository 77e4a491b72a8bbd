"""`regionctl new`: writes a region's file."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.complete import complete_region
from cli.context import Context
from regionctl.system.files import write_once
from regions.locations import JURISDICTION_OF, Jurisdiction


def new(
    ctx: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="The new region's name, such as ap-south.")],
    location: Annotated[
        str,
        typer.Option(
            metavar="LOCATION",
            help="The Google Cloud region, such as europe-west1.",
            autocompletion=lambda: sorted(JURISDICTION_OF),
        ),
    ],
    like: Annotated[
        str | None,
        typer.Option(
            metavar="REGION", help="Take over what this region says differently.", autocompletion=complete_region
        ),
    ] = None,
    jurisdiction: Annotated[
        Jurisdiction | None, typer.Option(help="Must be the location's own; left out, it is.", show_default=False)
    ] = None,
) -> None:
    """Write a new region's file, with free addresses."""
    context: Context = ctx.obj
    fleet = context.fleet
    context.announce()
    from cli.views.fleets import new_document, print_new
    from regions.draft import draft, region_file

    text = draft(fleet, region, location=location, jurisdiction=jurisdiction, like=like)
    file = region_file(context.regions_dir, fleet.name, region)
    write_once(file, text, private=False)
    # The specs are read again, so that what is said next is about the file as it stands.
    context.show(new_document, print_new, context.again().fleet, region)
