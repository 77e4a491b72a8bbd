"""`regionctl`: the options that every command takes, the commands, and how errors end the program.

Importing this module loads Typer and nothing else: a command's own imports happen when it runs.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import commands
from cli.context import Context
from cli.globals import HoistingGroup
from cli.render.errors import print_error
from regionctl.errors import Interrupted, RegionctlError

app = typer.Typer(
    name="regionctl",
    cls=HoistingGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Take a company from one cloud region to many: one YAML file a region, one command to bring it up.",
    epilog="The options above may stand before or after the command.",
)
commands.register(app)


@app.callback()
def main_options(
    ctx: typer.Context,
    fleet: Annotated[
        str,
        typer.Option(help="The fleet: a folder below the regions folder.", envvar="REGIONCTL_FLEET", metavar="NAME"),
    ] = "prod",
    regions: Annotated[
        Path, typer.Option(help="The folder of the fleets.", envvar="REGIONCTL_REGIONS", metavar="DIR")
    ] = Path("regions"),
    state: Annotated[
        str | None,
        typer.Option(
            help="Where state lies: a folder or a Pulumi backend URL.", envvar="REGIONCTL_STATE", metavar="URL"
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.", envvar="REGIONCTL_JSON")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more.", envvar="REGIONCTL_VERBOSE")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say only results.", envvar="REGIONCTL_QUIET")] = False,
) -> None:
    ctx.obj = Context(fleet_name=fleet, regions_dir=regions, state=state, json=json, verbose=verbose, quiet=quiet)


def main() -> None:
    """The entry point. Ends the process with the exit code of the contract; never with a traceback."""
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """Runs one command line; returns its exit code."""
    try:
        return app(args=args, prog_name="regionctl", standalone_mode=True) or 0
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 1
    except RegionctlError as error:
        print_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        print_error(Interrupted("interrupted; nothing was being changed"))
        return Interrupted.exit_code
    except BrokenPipeError:
        # The reader of stdout went away (`regionctl show eu-west | head`). Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    main()
