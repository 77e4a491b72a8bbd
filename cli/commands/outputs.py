"""`regionctl outputs`: what a stack exports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from cli.arguments import Stack
from cli.context import on_stack
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import did_you_mean


class UnknownOutput(RegionctlError):
    """The stack exports nothing of this name."""

    def __init__(self, stack: str, name: str, known: Iterable[str]) -> None:
        self.stack = stack
        self.name = name
        self.known = tuple(sorted(known))
        there_are = f"it has {', '.join(self.known)}" if self.known else "it has none until it is applied"
        super().__init__(f"{stack} has no output {name!r}", hint=did_you_mean(name, self.known, there_are))


def outputs(
    ctx: typer.Context,
    stack: Stack,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One output: its value alone.")] = None,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Show secret values in plain text.")] = False,
) -> None:
    """Show a stack's outputs."""
    context, program = on_stack(ctx, stack)
    from cli.views import outputs as view

    found = context.records.outputs(program, show_secrets=show_secrets)
    if name is None:
        context.show(view.outputs_document, view.print_outputs, program.name, found)
    elif name in found:
        context.show(lambda value: value, view.print_output, found[name])
    else:
        raise UnknownOutput(program.name, name, found)
