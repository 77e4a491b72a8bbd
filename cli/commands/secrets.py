"""`regionctl secrets`: the values that stacks need and that no file says in plain text.

A value comes from a prompt without echo or from standard input, never from the command line, which other users of the
machine can see and the shell's history keeps.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.arguments import Stack, Yes
from cli.context import Context, on_stack
from regionctl.model.errors import RegionctlError
from regionctl.model.program import SecretFormat, SecretKind, SecretSlot, StackProgram

group = typer.Typer(no_args_is_help=True, help="The values that no file says in plain text.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The secret, as the spec calls it.")]
# Refused, but with an error that does not repeat it.
NoValue = Annotated[list[str] | None, typer.Argument(hidden=True)]


class ValueInArguments(RegionctlError):
    """A secret's value was given on the command line."""

    def __init__(self, command: str) -> None:
        super().__init__(
            "a value is never taken from the command line: others can see it there, and the shell's history keeps it",
            hint=f"run it without (regionctl {command}) to be asked, or give it on standard input; "
            "if what you typed is in use anywhere, change it there",
        )


@group.command("list")
def list_(ctx: typer.Context) -> None:
    """Show which secrets each stack has; no values."""
    context: Context = ctx.obj
    programs = list(context.programs.values())
    context.announce()
    from cli.views.secrets import matrix_document, print_matrix

    missing = {program.name: context.records.missing_secrets(program) for program in programs}
    context.show(matrix_document, print_matrix, context.fleet_name, programs, missing)


@group.command("set")
def set_(ctx: typer.Context, stack: Stack, name: Name, value: NoValue = None) -> None:
    """Set a secret, from a prompt or standard input."""
    if value:
        raise ValueInArguments(f"secrets set {stack} {name}")
    context, program = on_stack(ctx, stack)
    from fleet.records import set_secret, slot_of

    said = set_secret(context, program, name, _read(program, name, slot_of(program, name)))
    context.done("secrets set", said, stack=program.name)


@group.command()
def rotate(ctx: typer.Context, stack: Stack, name: Name, value: NoValue = None, yes: Yes = False) -> None:
    """Give a secret a new value: made, or asked for."""
    if value:
        raise ValueInArguments(f"secrets rotate {stack} {name}")
    context, program = on_stack(ctx, stack)
    from cli.asking import ask
    from fleet.records import made_up, set_secret, slot_of

    slot = slot_of(program, name)
    if slot.kind is SecretKind.PROVIDED:
        new = _read(program, name, slot)
    else:
        ask(f"Replace {name} of {program.name} by a new random value? The old one is lost.", yes=yes)
        new = made_up(slot)
    context.done("secrets rotate", set_secret(context, program, name, new), stack=program.name)


@group.command()
def restore(ctx: typer.Context, stack: Stack) -> None:
    """Bring back secrets that the stack's config has lost.

    With the values that the stack was last applied with, which the state's history keeps, encrypted. What the config
    still has stays as it is.
    """
    context, program = on_stack(ctx, stack)
    keys = context.records.restore_secrets(program)
    said = f"{', '.join(keys)} of {program.name} are back" if keys else f"{program.name} has lost no secret"
    context.done("secrets restore", said, changed=bool(keys), stack=program.name)


@group.command()
def show(ctx: typer.Context, stack: Stack, name: Name, yes: Yes = False) -> None:
    """Print a secret's value, after asking."""
    context, program = on_stack(ctx, stack)
    from cli.asking import ask
    from cli.views.secrets import print_value, value_document
    from fleet.records import slot_of

    slot_of(program, name)
    ask(f"Print {name} of {program.name} in plain text?", yes=yes)
    context.show(value_document, print_value, program.name, name, context.records.show_secret(program, name))


def _read(program: StackProgram, name: str, slot: SecretSlot) -> str:
    """A secret's value from the terminal, twice and without echo, or from standard input up to its end.

    Raises NoSecretValue.
    """
    from cli.asking import typed
    from fleet.records import NoSecretValue, typed_value

    if not sys.stdin.isatty():
        return typed_value(sys.stdin.buffer.read())
    if slot.format is not SecretFormat.TEXT:
        what = f"{name} is PEM of many lines, which a prompt cannot take; give the file on standard input"
        raise NoSecretValue(f"{what}: {program.command('secrets', 'set')} {name} < FILE")
    return typed(f"{program.name} {name}", hidden=True)
