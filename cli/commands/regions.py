"""`regionctl new`, `validate`, `activate`, `drain`, `close`: the files of regions. What to apply next is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import SkipProbe, complete_region
from cli.context import Context, announced
from regionctl.system.files import write_once
from regions.locations import JURISDICTION_OF, Jurisdiction

if TYPE_CHECKING:
    from fleet.lifecycle import Transition


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
    locality: Annotated[
        str | None,
        typer.Option(
            metavar="LOCALITY",
            help="What users know it as; left out, that of --like, else the only one of its jurisdiction.",
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
    from cli.views.regions import new_document, print_new
    from regions.draft import draft, region_file

    text = draft(fleet, region, location=location, jurisdiction=jurisdiction, locality=locality, like=like)
    file = region_file(context.regions_dir, fleet.name, region)
    write_once(file, text, private=False)
    # The specs are read again, so that what is said next is about the file as it stands.
    context.show(new_document, print_new, context.again().fleet, region)


def validate(ctx: typer.Context) -> None:
    """Check the fleet's specs, all errors at once.

    Its sample requests too. Each error is at file:line:column.
    """
    context: Context = ctx.obj
    fleet = context.fleet
    context.announce()
    from cli.views.regions import print_valid, valid_document
    from fleet.routing import samples

    samples(context)
    context.show(valid_document, print_valid, fleet)


Region = Annotated[str, typer.Argument(metavar="REGION", help="A region's name.", autocompletion=complete_region)]


def activate(ctx: typer.Context, region: Region, skip_probe: SkipProbe = None) -> None:
    """Let a region take users: planned or draining -> active. Its origin must answer."""
    context = announced(ctx)
    from fleet import lifecycle

    _show(context, lifecycle.activate(context, region, skip_probe=skip_probe))


def drain(ctx: typer.Context, region: Region) -> None:
    """Let a region take no new workspaces: active -> draining. It still serves those that it has."""
    context = announced(ctx)
    from fleet import lifecycle

    _show(context, lifecycle.drain(context, region))


def close(ctx: typer.Context, region: Region) -> None:
    """Take a region out of service for good: draining -> closed. Refused while it takes users or holds data."""
    context = announced(ctx)
    from fleet import lifecycle

    _show(context, lifecycle.close(context, region))


def _show(context: Context, transition: Transition) -> None:
    from cli.views.regions import print_transition, transition_document

    context.show(transition_document, print_transition, transition)
