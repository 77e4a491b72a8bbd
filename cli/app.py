"""`regionctl`: the options that every command takes, the commands, and how errors end the program.

Importing this module loads Typer and nothing else: a command's own imports happen when it runs.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import complete_fleet
from cli.context import Context
from cli.globals import RegionctlGroup
from cli.views.console import flush, hush
from cli.views.errors import print_error, print_help, print_traceback
from fleet.context import REGIONS, Services, checkout
from fleet.services import REAL
from regionctl.model.errors import Interrupted, Position, RegionctlError
from regionctl.model.hints import DEFAULT_FLEET, repeat

app = typer.Typer(
    name="regionctl",
    cls=RegionctlGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Take a company from one cloud region to many: one YAML file a region, one command to bring it up.",
    epilog="The options above may stand before or after the command. Every option of every command has a variable: "
    "REGIONCTL_ and its name (--lock-timeout: REGIONCTL_LOCK_TIMEOUT).",
)


class BadUsage(RegionctlError):
    """The command line does not say what to do: an unknown command or option, a missing or malformed value."""

    def __init__(self, what: str, context: typer.Context | None) -> None:
        command = context.command_path if context else "regionctl"
        super().__init__(" ".join(what.split()).rstrip(".?"), hint=f"run: {command} --help")


class NotAllowed(RegionctlError):
    """The system did not let a command read or write what it needs: a file, a folder, a port."""

    def __init__(self, error: OSError) -> None:
        self.path = error.filename
        where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else None
        super().__init__(error.strerror or str(error) or type(error).__name__, where=where)


class Defect(RegionctlError):
    """The tool met what it does not handle. Nothing is known of what was done before."""

    def __init__(self, error: Exception) -> None:
        self.cause = type(error).__name__
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = Position(last.filename, last.lineno or 0, (last.colno or 0) + 1)
        super().__init__(
            f"a defect of regionctl: {self.cause}: {error}",
            where=place,
            hint="run the same with -v to see how it came about, and report it",
        )


def _say_version(wanted: bool) -> None:
    if wanted:
        from cli.views.doctor import print_version

        print_version()
        raise typer.Exit


@app.callback()
def main_options(
    ctx: typer.Context,
    fleet: Annotated[
        str,
        typer.Option(
            help="The fleet: a folder below the regions folder.", metavar="NAME", autocompletion=complete_fleet
        ),
    ] = DEFAULT_FLEET,
    regions: Annotated[
        Path | None,
        typer.Option(
            help="The folder of the fleets; left out, regions/ of the checkout: here or in a folder above.",
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    state: Annotated[
        str | None, typer.Option(help="Where state lies: a folder or a Pulumi backend URL.", metavar="URL")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say only results.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Say the versions, and end.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    hush(quiet)
    given = {name: ctx.params[name] for name in ("fleet", "regions", "state") if _source(ctx, name) == "COMMANDLINE"}
    without = None if _source(ctx, "fleet") == "ENVIRONMENT" else DEFAULT_FLEET  # another shell lacks the variable
    repeat({f"--{name}": str(value) for name, value in given.items()}, without=without)
    services, arguments = ctx.obj or (REAL, ())
    here = Path.cwd()
    root = here if regions else checkout(here)
    ctx.obj = Context(
        fleet_name=fleet,
        regions_dir=regions or Path(os.path.relpath(root, here)) / REGIONS,
        root=root,
        services=services,
        state=state,
        json=json,
        verbose=verbose,
        quiet=quiet,
        arguments=arguments,
    )


def _source(ctx: typer.Context, name: str) -> str | None:
    """Where an option is from. One from the environment is not repeated: it holds for the next command too."""
    source = ctx.get_parameter_source(name)
    return source.name if source else None


def main() -> None:
    """The entry point. Ends the process with the exit code of the contract; never with a traceback.

    What a command loads lives to its end, so that looking for garbage in it and taking it apart at the end is time
    lost: a quarter of `regionctl show` (bench/region.py).
    """
    gc.disable()
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by who started us (`>&-`)
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 (to the end of the process)
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def run(args: list[str], services: Services = REAL) -> int:
    """Runs one command line; returns its exit code. `services`: the world that its command meets."""
    try:
        return _run(args, services)
    except BrokenPipeError:
        # The reader of stdout went away (`regionctl show eu-west | head`). Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except RegionctlError as error:
        failure = error
    except OSError as error:
        failure = NotAllowed(error)
    except Exception as error:
        failure = Defect(error)
        if {"-v", "--verbose"} & set(args):
            print_traceback(error)
    print_error(failure)
    return failure.exit_code


def _run(args: list[str], services: Services) -> int:
    """Typer's errors as ours: its exit code 2 for bad usage means a diff here."""
    try:
        code = app(args=args, prog_name="regionctl", standalone_mode=False, obj=(services, tuple(args)))
        flush()
    except SystemExit as exit_:  # completion ends so
        code = exit_.code
    except typer.Abort as stop:  # ^C or the end of input at a question
        raise Interrupted("interrupted; nothing was being changed") from stop
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # it is told apart so in typer/rich_utils.py
            print_help(error.message)
            return 1
        raise BadUsage(error.format_message(), getattr(error, "ctx", None)) from error
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
