"""`regionctl state`, `outputs`, `history`: what is kept about a stack, and first aid for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Stack, Yes
from cli.context import on_stack

group = typer.Typer(no_args_is_help=True, help="What Pulumi keeps about a stack, and first aid.")


@group.command("list")
def list_(ctx: typer.Context, stack: Stack) -> None:
    """List the resources that the state holds."""
    context, program = on_stack(ctx, stack)
    from cli.views import state as view

    context.show(view.state_document, view.print_state, program.name, context.records.state(program))


@group.command()
def show(
    ctx: typer.Context,
    stack: Stack,
    resource: Annotated[str, typer.Argument(metavar="URN|NAME", help="A resource, by URN, name or id.")],
) -> None:
    """Show a resource as the state holds it."""
    context, program = on_stack(ctx, stack)
    from cli.views import state as view
    from fleet.records import in_state

    found = in_state(program.name, context.records.state(program), resource)
    context.show(view.details_document, view.print_details, found)


@group.command()
def export(ctx: typer.Context, stack: Stack) -> None:
    """Print the state as JSON; secrets stay encrypted."""
    context, program = on_stack(ctx, stack)
    from cli.views.console import json_data

    json_data(context.records.export_state(program))


@group.command("import")
def import_(
    ctx: typer.Context,
    stack: Stack,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `state export` printed.")],
    yes: Yes = False,
) -> None:
    """Replace the state by an exported one."""
    context, program = on_stack(ctx, stack)
    from cli.asking import ask
    from fleet.records import exported

    document = exported(file)
    ask(f"Replace the state of {program.name} by {file}? No cloud is touched.", yes=yes)
    context.records.import_state(program, document)
    said = f"{program.name}: the state is {file} now; see what it means with: {program.command('diff')}"
    context.done("state import", said, stack=program.name)


@group.command()
def unlock(ctx: typer.Context, stack: Stack, yes: Yes = False) -> None:
    """Free a lock that a run left behind."""
    context, program = on_stack(ctx, stack)
    from cli.asking import ask
    from fleet.records import locked_by

    question = locked_by(context, program)
    if question is None:
        context.done("state unlock", f"{program.name} is not locked", changed=False, stack=program.name)
        return
    ask(question, yes=yes)
    context.records.cancel(program)
    said = f"{program.name}: unlocked; see where it stands with: {program.command('diff', '--refresh')}"
    context.done("state unlock", said, stack=program.name)


@group.command()
def repair(ctx: typer.Context, stack: Stack, yes: Yes = False) -> None:
    """Mend a damaged state, from its backup where it must."""
    context, program = on_stack(ctx, stack)
    from cli.asking import ask
    from cli.views.console import note

    ask(f"Mend the state of {program.name}? What is damaged is kept beside it.", yes=yes)
    for line in context.records.repair_state(program):
        note(line)
    said = f"{program.name}: the state is sound; see what it misses with: {program.command('diff', '--refresh')}"
    context.done("state repair", said, stack=program.name)


def outputs(
    ctx: typer.Context,
    stack: Stack,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One output: its value alone.")] = None,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Show secret values in plain text.")] = False,
) -> None:
    """Show a stack's outputs."""
    context, program = on_stack(ctx, stack)
    from cli.views import state as view
    from fleet.records import output_of

    found = context.records.outputs(program, show_secrets=show_secrets)
    if name is None:
        context.show(view.outputs_document, view.print_outputs, program.name, found)
    else:
        context.show(lambda value: value, view.print_output, output_of(program.name, found, name))


def history(ctx: typer.Context, stack: Stack) -> None:
    """Show what was done to a stack, the newest first."""
    context, program = on_stack(ctx, stack)
    from cli.views.state import history_document, print_history

    context.show(history_document, print_history, program.name, context.records.history(program))
