"""What the global options say, and the fleet that they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import typer

from fleet.context import FleetContext
from regionctl.model.program import StackProgram


@dataclass(frozen=True, kw_only=True)
class Context(FleetContext):
    """The global options, and the fleet that they name."""

    json: bool
    verbose: bool
    quiet: bool
    arguments: tuple[str, ...] = ()  # the command line

    def announce(self) -> None:
        """Prints which fleet this is and where it lives; before the first result."""
        from cli.views.header import print_header

        print_header(self.chosen)

    def text(self, show: Callable[..., None], *args: Any, **options: Any) -> None:
        """Calls what prints a result for people; not with `--json`. With `document` the only place that chooses."""
        if not self.json:
            show(*args, **options)

    def document(self, make: Callable[[], Mapping[str, Any]]) -> None:
        """Prints what `make` returns as the one JSON document; only with `--json`."""
        if self.json:
            from cli.views.documents import print_json

            print_json(make())


def announced(ctx: typer.Context) -> Context:
    """The command's context, once it is said which fleet it is about. Raises SpecError before anything is done."""
    context: Context = ctx.obj
    context.announce()
    return context


def on_stack(ctx: typer.Context, stack: str) -> tuple[Context, StackProgram]:
    """The same, with the program that a STACK argument names. Raises SpecError, UnknownStack."""
    context: Context = ctx.obj
    program = context.one(stack)
    context.announce()
    return context, program
