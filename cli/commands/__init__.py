"""The commands, a file each."""

from __future__ import annotations

import typer

from cli.commands import (
    adopt,
    bootstrap,
    check,
    ci,
    diff,
    doctor,
    down,
    engine,
    graph,
    history,
    lifecycle,
    list_,
    new,
    outputs,
    refresh,
    release,
    sandbox,
    secrets,
    show,
    state,
    status,
    up,
    validate,
)


def register(app: typer.Typer) -> None:
    """Adds every command to the app, in the order in which `--help` lists them."""
    app.command()(new.new)
    app.command()(validate.validate)
    for change in (lifecycle.activate, lifecycle.drain, lifecycle.close):
        app.command()(change)
    app.command("list")(list_.list_)
    app.command()(status.status)
    app.command()(show.show)
    app.command()(graph.graph)
    app.command()(check.check)
    app.command()(diff.diff)
    for alias in ("plan", "preview"):
        app.command(alias, hidden=True)(diff.diff)
    app.command()(up.up)
    app.command()(down.down)
    app.command("destroy", hidden=True)(down.down)
    app.command()(bootstrap.bootstrap)
    app.command()(refresh.refresh)
    app.command()(refresh.drift)
    app.command()(outputs.outputs)
    app.command()(history.history)
    app.add_typer(state.group, name="state")
    app.add_typer(release.group, name="release")
    app.add_typer(secrets.group, name="secrets")
    app.add_typer(adopt.group, name="adopt")
    app.add_typer(sandbox.group, name="sandbox")
    app.add_typer(ci.group, name="ci")
    app.add_typer(engine.group, name="engine")
    app.command()(doctor.doctor)
