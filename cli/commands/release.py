"""`regionctl release`: which images regions run, by digest. Only files change; `up` rolls the services."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import complete_fleet
from cli.context import Context, announced
from cli.views.regions import print_copied, print_overrides, print_release, release_document
from fleet.release import SameFleet, copy_images, set_images, write

group = typer.Typer(no_args_is_help=True, help="The images that regions run: set or copy them.")


@group.command("set")
def set_(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORKLOAD=DIGEST... [REGION|auth...]",
            help="Images, and the regions that get them as their own; without any, all do, by the fleet's defaults.",
            show_default=False,
        ),
    ],
) -> None:
    """Set image digests, of every region or of some."""
    context = announced(ctx)
    release = set_images(context, words)
    context.text(print_overrides, context.fleet_name, release.own)
    context.show(release_document, print_release, release, following=write(context, release))


@group.command()
def copy(
    ctx: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="The fleet that runs them.", autocompletion=complete_fleet)
    ],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="The fleet that gets them.", autocompletion=complete_fleet)
    ],
) -> None:
    """Copy a fleet's image digests to another.

    Those of its defaults and of its auth service.
    """
    given: Context = ctx.obj
    if source == target:
        raise SameFleet(source)
    context = given.again(fleet=target)
    context.announce()
    release = copy_images(given.again(fleet=source), context)
    context.text(print_copied, release)
    context.show(release_document, print_release, release, following=write(context, release))
