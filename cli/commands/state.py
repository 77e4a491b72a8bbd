"""`regionctl state`: what Pulumi keeps about a stack, and first aid for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import Stack, Yes
from cli.context import on_stack
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command, did_you_mean

if TYPE_CHECKING:
    from regionctl.engine.state.checkpoint import StateResource

group = typer.Typer(no_args_is_help=True, help="What Pulumi keeps about a stack, and first aid.")


class NotInState(RegionctlError):
    """The state holds no such resource."""

    def __init__(self, stack: str, name: str, known: Iterable[str]) -> None:
        self.stack = stack
        self.name = name
        hint = did_you_mean(name, known, f"{command('state', 'list', stack)} lists what it holds")
        super().__init__(f"the state of {stack} holds no resource {name!r}", hint=hint)


class UnreadableFile(RegionctlError):
    """A file that was named on the command line cannot be read."""

    def __init__(self, path: Path, error: OSError | UnicodeDecodeError) -> None:
        self.path = path
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        super().__init__(f"cannot be read: {reason}", where=str(path))


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

    resources = context.records.state(program).resources
    found = [one for one in resources if resource in _names(one)]
    if not found:
        raise NotInState(program.name, resource, [one.name for one in resources])
    context.show(view.details_document, view.print_details, found)


def _names(resource: StateResource) -> tuple[str | None, ...]:
    return resource.urn, resource.name, resource.id


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

    try:
        document = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(file, error) from error
    ask(f"Replace the state of {program.name} by {file}? No cloud is touched.", yes=yes)
    context.records.import_state(program, document)
    said = f"{program.name}: the state is {file} now; see what it means with: {program.command('diff')}"
    context.done("state import", said, stack=program.name)


@group.command()
def unlock(ctx: typer.Context, stack: Stack, yes: Yes = False) -> None:
    """Free a lock that a run left behind."""
    context, program = on_stack(ctx, stack)
    from cli.asking import ask

    held = context.records.locks(program)
    if not held and context.records.workspace.names_locks:
        said = f"{program.name} is not locked"
        context.done("state unlock", said, changed=False, stack=program.name)
        return
    holders = " and ".join(str(lock) for lock in held) or "whoever holds it"
    alive = any(not lock.stale for lock in held)
    warning = "That run may still be changing things; let it end if you can. " if alive else ""
    ask(f"{program.name} is locked by {holders}. {warning}Free it?", yes=yes)
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
