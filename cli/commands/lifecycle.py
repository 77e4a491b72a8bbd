"""`regionctl activate`, `drain`, `close`: a region's lifecycle, changed in its file; what to apply next is said."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import SkipProbe
from cli.complete import complete_region
from cli.context import announced
from cli.views.lifecycle import print_transition, transition_document
from fleet import lifecycle

Region = Annotated[str, typer.Argument(metavar="REGION", help="A region's name.", autocompletion=complete_region)]


def activate(ctx: typer.Context, region: Region, skip_probe: SkipProbe = None) -> None:
    """Let a region take users: planned or draining -> active. Its origin must answer."""
    context = announced(ctx)
    context.show(transition_document, print_transition, lifecycle.activate(context, region, skip_probe=skip_probe))


def drain(ctx: typer.Context, region: Region) -> None:
    """Let a region take no new workspaces: active -> draining. It still serves those that it has."""
    context = announced(ctx)
    context.show(transition_document, print_transition, lifecycle.drain(context, region))


def close(ctx: typer.Context, region: Region) -> None:
    """Take a region out of service for good: draining -> closed. Refused while it takes users or holds data."""
    context = announced(ctx)
    context.show(transition_document, print_transition, lifecycle.close(context, region))
