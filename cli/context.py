"""What the global options say, and the fleet that they name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ParamSpec

import typer

from fleet.context import FleetContext
from regionctl.model.program import StackProgram

_P = ParamSpec("_P")


@dataclass(frozen=True, kw_only=True)
class Context(FleetContext):
    """The global options, and the fleet that they name."""

    json: bool
    verbose: bool
    quiet: bool
    arguments: tuple[str, ...] = ()  # the command line

    def with_document(self) -> Context:
        """The same, as with `--json`."""
        return replace(self, json=True)

    def announce(self) -> None:
        """Prints which fleet this is and where it lives; before the first result."""
        from cli.views.header import print_header

        print_header(self.chosen)

    def show(
        self, document: Callable[_P, object], text: Callable[_P, None], *args: _P.args, **options: _P.kwargs
    ) -> None:
        """Prints a result: as the JSON document that `document` makes of it, or as `text` prints it for people."""
        self.document(lambda: document(*args, **options))
        self.text(text, *args, **options)

    def done(self, command: str, said: str, *, changed: bool = True, stack: str | None = None) -> None:
        """The same of a command that does something and has no data to print: what it did."""
        from cli.views.console import note

        document = {"version": 1, "kind": "done", "command": command, "changed": changed, "stack": stack, "said": said}
        self.show(lambda: document, lambda: note(said))

    def text(self, show: Callable[..., None], *args: Any, **options: Any) -> None:
        """Calls what prints a part of a result for people; not with `--json`."""
        if not self.json:
            show(*args, **options)

    def document(self, make: Callable[[], object], *, at_once: bool = False) -> None:
        """Prints what `make` returns as the one JSON document; only with `--json`."""
        if self.json:
            from cli.views.console import print_json

            print_json(make(), at_once=at_once)


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
