"""`regionctl status`: what is deployed, when, by whom, and whether it is what the specs say."""

from __future__ import annotations

import typer

from cli.context import announced


def status(ctx: typer.Context) -> None:
    """Show where each stack of the fleet stands.

    What it holds and runs, drift last seen, and which regions are in the edge's table.
    """
    context = announced(ctx)
    from cli.views.status import print_status, status_document
    from fleet.status import status as rows

    context.show(status_document, print_status, context.fleet_name, list(rows(context)))
