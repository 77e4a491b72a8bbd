"""`regionctl history`: what was done to a stack."""

from __future__ import annotations

import typer

from cli.arguments import Stack
from cli.context import on_stack


def history(ctx: typer.Context, stack: Stack) -> None:
    """Show what was done to a stack, the newest first."""
    context, program = on_stack(ctx, stack)
    from cli.views.history import history_document, print_history

    context.show(history_document, print_history, program.name, context.records.history(program))
