"""The commands, a file each."""

from __future__ import annotations

import typer

from cli.commands import show, validate


def register(app: typer.Typer) -> None:
    """Adds every command to the app, in the order in which `--help` lists them."""
    app.command()(validate.validate)
    app.command()(show.show)
