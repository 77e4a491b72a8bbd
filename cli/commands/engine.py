"""`regionctl doctor`, `engine`: what is installed, reachable and allowed, and Pulumi's CLI, which plans and applies."""

from __future__ import annotations

import typer

from cli.context import Context


def doctor(ctx: typer.Context) -> None:
    """Check what is needed, and say how to mend it."""
    context: Context = ctx.obj
    from cli.views.doctor import doctor_document, print_findings
    from fleet.doctor import Level, diagnose

    findings = list(diagnose(context))
    context.show(doctor_document, print_findings, findings)
    if any(finding.level is Level.PROBLEM for finding in findings):
        raise typer.Exit(1)


group = typer.Typer(no_args_is_help=True, help="Pulumi's CLI: find it, or install it.")


@group.command()
def status(ctx: typer.Context) -> None:
    """Say which Pulumi CLI is used."""
    from cli.views.doctor import engine_document, print_engine
    from regionctl.engine import find

    context: Context = ctx.obj
    cli = find()
    context.show(engine_document, print_engine, cli)
    if cli is None:
        raise typer.Exit(1)


@group.command()
def install(ctx: typer.Context) -> None:
    """Get Pulumi's CLI where it is missing.

    The one on the PATH, else its release, checked by the digests in tools/, else built from its Go module.
    """
    from cli.views.console import note
    from cli.views.doctor import engine_document, print_engine
    from regionctl.engine.cli.install import obtain

    context: Context = ctx.obj
    context.show(engine_document, print_engine, obtain(note))
