"""`regionctl list`, `status`: fleets and stacks at a glance."""

from __future__ import annotations

import typer

from cli.context import Context, announced


def list_(ctx: typer.Context) -> None:
    """List fleets, their stacks, and where each stands."""
    context: Context = ctx.obj
    from cli.views.errors import print_error
    from cli.views.overview import overview_document, print_not_counted, print_overview
    from fleet.overview import overview

    rows = overview(context)
    context.show(overview_document, print_overview, rows)
    print_not_counted(rows)
    broken = [fleet.error for fleet in rows if fleet.error]
    for error in broken:
        print_error(error)
    if broken:
        raise typer.Exit(1)


def status(ctx: typer.Context) -> None:
    """Show where each stack of the fleet stands.

    What it holds and runs, drift last seen, and which regions are in the edge's table.
    """
    context = announced(ctx)
    from cli.views.status import print_status, status_document
    from fleet.status import status as rows

    context.show(status_document, print_status, context.fleet_name, list(rows(context)))
