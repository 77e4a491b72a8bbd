"""`regionctl validate`: every spec of the fleet and its sample requests, all errors at once."""

from __future__ import annotations

import typer

from cli.context import Context


def validate(ctx: typer.Context) -> None:
    """Check the fleet's specs, all errors at once.

    Its sample requests too. Each error is at file:line:column.
    """
    context: Context = ctx.obj
    fleet = context.fleet
    context.announce()
    from cli.views.fleets import print_valid, valid_document
    from fleet.routing import samples

    samples(context)
    context.show(valid_document, print_valid, fleet)
