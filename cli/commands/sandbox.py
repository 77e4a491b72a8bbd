"""`regionctl sandbox`: the emulated clouds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.context import Context
from regionctl.errors import RegionctlError
from regionctl.program import Target

group = typer.Typer(no_args_is_help=True, help="The emulated clouds: look, change, break, start over.")


class NotASandbox(RegionctlError):
    """The fleet lives in the real clouds."""

    def __init__(self, fleet: str) -> None:
        self.fleet = fleet
        super().__init__(f"{fleet} lives in the real clouds, not in a sandbox", hint="choose another with --fleet")


def data_file(context: Context) -> Path:
    """The file of the fleet's emulated clouds. Raises NotASandbox."""
    if context.fleet.spec.target is not Target.SANDBOX:
        raise NotASandbox(context.fleet_name)
    return context.sandbox_data


@group.command()
def serve(
    ctx: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="The file of the clouds, if not the fleet's.", metavar="FILE")
    ] = None,
) -> None:
    """Serve the emulated providers to plain `pulumi`."""
    context: Context = ctx.obj
    file = data or data_file(context)
    from cli.render.console import announce
    from regionctl.sandbox.serve import PROVIDERS, serve

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    serve(file, tuple(PROVIDERS), lambda providers: announce(f"PULUMI_DEBUG_PROVIDERS={providers}"))
