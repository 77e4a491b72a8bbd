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
from regionctl.model.program import SecretFormat, SecretKind, StackProgram

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


class NoSecretValue(RegionctlError):
    """Nothing, or nothing usable, was given as a secret's value."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no value was set: {why}")


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
    _must_declare(program, name)
    _store(context, program, name, _read(program, name), command="secrets set")


@group.command()
def rotate(ctx: typer.Context, stack: Stack, name: Name, value: NoValue = None, yes: Yes = False) -> None:
    """Give a secret a new value: made, or asked for."""
    if value:
        raise ValueInArguments(f"secrets rotate {stack} {name}")
    context, program = on_stack(ctx, stack)
    _must_declare(program, name)
    slot = program.secrets[name]
    if slot.kind is SecretKind.PROVIDED:
        _store(context, program, name, _read(program, name), command="secrets rotate")
        return
    from secrets import token_urlsafe

    from cli.asking import ask

    ask(f"Replace {name} of {program.name} by a new random value? The old one is lost.", yes=yes)
    _store(context, program, name, token_urlsafe(slot.bytes), command="secrets rotate")


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
    _must_declare(program, name)
    from cli.asking import ask
    from cli.views.secrets import print_value, value_document

    ask(f"Print {name} of {program.name} in plain text?", yes=yes)
    context.show(value_document, print_value, program.name, name, context.records.show_secret(program, name))


def _read(program: StackProgram, name: str) -> str:
    """Raises NoSecretValue."""
    if program.secrets[name].format is not SecretFormat.TEXT and sys.stdin.isatty():
        what = f"{name} is PEM of many lines, which a prompt cannot take; give the file on standard input"
        raise NoSecretValue(f"{what}: {program.command('secrets', 'set')} {name} < FILE")
    return read_value(f"{program.name} {name}")


def read_value(prompt: str) -> str:
    """A secret's value from the terminal, twice and without echo, or from standard input up to its end.

    One line end after it is not part of it; every other blank is. Raises NoSecretValue.
    """
    if sys.stdin.isatty():
        from cli.asking import typed

        return typed(prompt, hidden=True)
    try:
        value = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise NoSecretValue("it is no UTF-8 text") from None
    value = value.removesuffix("\r\n") if value.endswith("\r\n") else value.removesuffix("\n")
    if not value:
        raise NoSecretValue("standard input was empty")
    return value


def _must_declare(program: StackProgram, name: str) -> None:
    """Raises UnknownSecret before anybody types a value."""
    if name not in program.secrets:
        from regionctl.engine.secrets.slots import UnknownSecret

        raise UnknownSecret(program, name)


def _store(context: Context, program: StackProgram, name: str, value: str, *, command: str) -> None:
    keys = context.records.set_secret(program, name, value)
    names = " and ".join(keys)
    effect = context.command("up", program.short)
    said = f"{names} of {program.name} {'is' if len(keys) == 1 else 'are'} set; to take effect: {effect}"
    context.done(command, said, stack=program.name)
