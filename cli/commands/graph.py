"""`regionctl graph`: a stack's resources as a drawing."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.arguments import Stack
from cli.context import on_stack


class Format(StrEnum):
    MERMAID = "mermaid"
    DOT = "dot"


def graph(
    ctx: typer.Context,
    stack: Stack,
    format_: Annotated[Format, typer.Option("--format", help="The language of the drawing.")] = Format.MERMAID,
) -> None:
    """Draw the resource graph of a stack, components as clusters."""
    context, program = on_stack(ctx, stack)
    from cli.views.console import data
    from cli.views.graph import LANGUAGES, graph_document
    from regionctl.render import render

    text = LANGUAGES[format_](render(program))
    context.show(lambda: graph_document(program.name, format_, text), lambda: data(text))
