"""`regionctl sandbox`: the emulated clouds."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Yes
from cli.context import Context

group = typer.Typer(no_args_is_help=True, help="The emulated clouds: look, change, break, start over.")
faults_group = typer.Typer(no_args_is_help=True, help="What goes wrong on demand.")
group.add_typer(faults_group, name="faults")


class ExportFormat(StrEnum):
    """As `regionctl.adopt.writers.Format`, which loads more than a command line needs."""

    TERRAFORM = "terraform"
    CAI = "cai"


def in_sandbox(ctx: typer.Context) -> tuple[Context, Path]:
    """The command's context and the file of the fleet's emulated clouds, once it is said which fleet it is about."""
    from fleet.sandbox import data_file

    context: Context = ctx.obj
    data = data_file(context)
    context.announce()
    return context, data


@group.command()
def status(ctx: typer.Context) -> None:
    """Count what exists, names kept back, and faults."""
    context, data = in_sandbox(ctx)
    from cli.views.clouds import clouds_document, print_clouds
    from regionctl.sandbox import clouds

    context.show(clouds_document, print_clouds, clouds.status(data))


@group.command()
def show(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[ID|NAME]", help="One resource, by id or name.")] = None,
) -> None:
    """List what exists, or show one resource."""
    context, data = in_sandbox(ctx)
    from cli.views.clouds import print_in_full, print_resources, rows_document
    from regionctl.sandbox import clouds

    text = print_resources if name is None else print_in_full
    context.show(rows_document, text, clouds.resources(data, name))


@group.command()
def edit(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID|NAME", help="The resource, by id or name.")],
    change: Annotated[str, typer.Argument(metavar="PATH=VALUE", help="A property and its new value, as JSON or text.")],
) -> None:
    """Change a property behind Pulumi's back.

    As somebody would in the console: `regionctl drift` then finds it.
    """
    from cli.views.clouds import print_resources, rows_document
    from fleet.sandbox import change_of
    from regionctl.sandbox import clouds

    path, value = change_of(change)
    context, data = in_sandbox(ctx)
    changed = clouds.edit(data, name, path, value)
    context.show(rows_document, print_resources, [changed])


@group.command()
def export(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the files.")],
    form: Annotated[ExportFormat, typer.Option("--format", help="HCL, or lines of Cloud Asset Inventory.")],
    project: Annotated[
        str | None, typer.Option(metavar="ID", help="Only what lies in this project.", show_default=False)
    ] = None,
) -> None:
    """Write what exists as the real cloud's tools would.

    As `gcloud beta resource-config bulk-export --resource-format=terraform` or `gcloud asset export`: for `adopt`.
    """
    context, data = in_sandbox(ctx)
    from fleet import sandbox

    resources, files = sandbox.export(data, folder, form, project)
    said = f"{folder}: {len(resources)} resources in {len(files)} files"
    context.done("sandbox export", said)


@group.command()
def reset(ctx: typer.Context, yes: Yes = False) -> None:
    """Forget everything in the clouds.

    Pulumi's state stays: `regionctl refresh` then finds that nothing exists.
    """
    context, data = in_sandbox(ctx)
    from cli.asking import ask
    from regionctl.sandbox import clouds

    ask(f"Forget everything in the emulated clouds of {context.fleet_name}?", yes=yes)
    forgotten = clouds.reset(data)
    said = "the file could not be read, and was made anew" if forgotten is None else f"{forgotten} resources forgotten"
    context.done("sandbox reset", said)


@faults_group.command("list")
def list_faults(ctx: typer.Context) -> None:
    """List the faults that are switched on."""
    context, data = in_sandbox(ctx)
    from cli.views.clouds import print_faults, rows_document
    from regionctl.sandbox import clouds

    context.show(rows_document, print_faults, clouds.faults(data))


@faults_group.command("add")
def add_fault(
    ctx: typer.Context,
    kind: Annotated[
        str,
        typer.Argument(
            help="rate-limit, quota, outage, slow, partial, stale, stale-grants or held-addresses.", metavar="KIND"
        ),
    ],
    type_: Annotated[
        str, typer.Option("--type", help="A service (sql), a type (sql.User) or a glob.", metavar="GLOB")
    ] = "*",
    name: Annotated[str, typer.Option(help="A glob of logical or cloud names.", metavar="GLOB")] = "*",
    count: Annotated[
        int | None,
        typer.Option(
            help="How many calls it hits (all); of `stale` for how many lookups (3), of `stale-grants` uses (2).",
            min=1,
        ),
    ] = None,
    delay: Annotated[float, typer.Option(help="Seconds that `slow` adds to a create.", min=0, max=600)] = 1.0,
) -> None:
    """Switch a fault on, for the calls that match."""
    context, data = in_sandbox(ctx)
    from cli.views.clouds import print_faults, rows_document
    from fleet.sandbox import kind_of
    from regionctl.sandbox import clouds

    clouds.add_fault(data, kind_of(kind), type_=type_, name=name, count=count, delay_s=delay)
    context.show(rows_document, print_faults, clouds.faults(data))


@faults_group.command("clear")
def clear_faults(ctx: typer.Context) -> None:
    """Switch every fault off."""
    context, data = in_sandbox(ctx)
    from regionctl.sandbox import clouds

    count = clouds.clear_faults(data)
    context.done("sandbox faults clear", f"{count} faults switched off", changed=count > 0)


@group.command()
def serve(
    ctx: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="The file of the clouds, if not the fleet's.", metavar="FILE")
    ] = None,
) -> None:
    """Serve the emulated providers to plain `pulumi`."""
    context: Context = ctx.obj
    from cli.views.console import announce
    from fleet.sandbox import data_file
    from regionctl.sandbox.providers import PROVIDERS
    from regionctl.sandbox.serve import serve

    def ready(providers: str) -> None:
        environment = {"PULUMI_DEBUG_PROVIDERS": providers}
        context.document(lambda: {"version": 1, "kind": "serving", "environment": environment}, at_once=True)
        context.text(announce, f"PULUMI_DEBUG_PROVIDERS={providers}")

    file = data or data_file(context)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    serve(file, tuple(PROVIDERS), ready)
