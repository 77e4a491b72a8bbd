"""`regionctl show`, `graph`: what a stack declares, without an engine."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.arguments import Stack, Watch
from cli.context import Context, on_stack


def show(
    ctx: typer.Context,
    stack: Stack,
    resource: Annotated[str | None, typer.Argument(help="One resource, by URN or name.", metavar="[URN|NAME]")] = None,
    watch: Watch = False,
) -> None:
    """Show what a stack declares: a tree, or one resource."""
    context: Context = ctx.obj
    if watch:
        from cli.watching import watch_command

        watch_command(context)
    program = context.one(stack)
    context.announce()
    from cli.views import declaration as view
    from regionctl.render import render
    from regionctl.render.find import find

    declaration = render(program)
    if resource is None:
        context.show(view.declaration_document, view.print_tree, declaration)
    else:
        context.show(view.resources_document, view.print_resources, find(declaration, resource))


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
    from cli.views.declaration import graph_document
    from regionctl.render import render
    from regionctl.render.drawing import LANGUAGES

    text = LANGUAGES[format_](render(program))
    context.show(lambda: graph_document(program.name, format_, text), lambda: data(text))
