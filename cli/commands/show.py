"""`regionctl show`: what a stack declares, without an engine."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import Stack, Watch
from cli.context import Context
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command, did_you_mean
from regionctl.render import Declaration, Resource, render


class UnknownResource(RegionctlError):
    """The stack declares no such resource."""

    def __init__(self, stack: str, name: str, known: list[str]) -> None:
        self.stack = stack
        self.name = name
        hint = did_you_mean(name, known, f"{command('show', stack)} lists them")
        super().__init__(f"{stack} declares no resource {name!r}", hint=hint)


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

    declaration = render(program)
    if resource is None:
        context.show(view.declaration_document, view.print_tree, declaration)
    else:
        context.show(view.resources_document, view.print_resources, find(declaration, resource))


def find(declaration: Declaration, name: str) -> tuple[Resource, ...]:
    """The resources with this URN, logical name or cloud name. Raises UnknownResource."""
    from cli.views import declaration as view

    by_urn = declaration.resources.get(name)
    if by_urn is not None:
        return (by_urn,)
    named = declaration.named(name) or tuple(r for r in declaration.resources.values() if view.name_in_cloud(r) == name)
    if not named:
        raise UnknownResource(declaration.stack, name, [r.name for r in declaration.resources.values()])
    return named
