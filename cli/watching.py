"""`--watch`: the same command line again each time a file is saved that its answer comes from.

This process imports Pulumi's packages once and renders once. Each time it forks one that runs the command line as if it
had been typed: where code was saved, with the company's modules imported anew. Two revisions are rendered by processes
that stay as well. A change that this cannot follow, of the catalogue of types say, starts the whole over.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import typer

from cli.context import Context
from cli.views.console import clear, flush, note, stdout
from cli.views.errors import print_error
from regionctl.model.errors import RegionctlError
from regionctl.render import render
from regionctl.review.revision import Kept, kept
from regionctl.system.processes import OnStop, Send, run_forked
from regionctl.system.saved import Saved

INTERRUPTED = 130
_OPTION, _VARIABLE = "--watch", "REGIONCTL_WATCH"
_CODE = ("cli", "components", "fleet", "regions", "stacks")  # what a company owns and edits
_BESIDES = ("Pulumi.yaml", "rules", "worker")
_IMPORTED_AGAIN, _READ_AGAIN = ".py", (".yaml", ".yml", ".json", ".js", ".mjs", ".ts")


class NotWatched(RegionctlError):
    """`--watch` with an option that it does not go with."""

    def __init__(self, why: str, hint: str) -> None:
        super().__init__(f"--watch {why}", hint=hint)


def watch_command(context: Context, compare: Callable[[Context], object] | None = None) -> NoReturn:
    """Runs the command line without `--watch`, and again, until a ^C. `compare` is what it compares with a revision.

    Raises NotWatched.
    """
    if context.json:
        raise NotWatched("prints text for people, and --json is one document", "leave out one of the two")
    with kept() if compare else nullcontext() as revisions, suppress(KeyboardInterrupt):
        _follow(context, compare, revisions)
    if stdout().is_terminal:
        note()  # below the ^C
    raise typer.Exit(INTERRUPTED)


def _follow(context: Context, compare: Callable[[Context], object] | None, revisions: Kept | None) -> None:
    arguments = [word for word in context.arguments if word != _OPTION]
    files = Saved(_places(context))
    loaded = code_saved = False
    while True:
        if compare and revisions:
            _prepare(context, compare, revisions)
        else:
            loaded = loaded or _load(context.again())
        clear()
        if not _ran(arguments, revisions, code_saved=code_saved):
            return
        note(f"watching {len(files)} files; ^C ends it")
        saved = files.wait()
        if any(path.suffix not in {_IMPORTED_AGAIN, *_READ_AGAIN} for path in saved):
            os.execv(sys.executable, sys.orig_argv)
        code_saved = code_saved or any(path.suffix == _IMPORTED_AGAIN for path in saved)


def _places(context: Context) -> Sequence[Path]:
    """What is imported, which an installed tool has elsewhere than in the checkout, and what is read."""
    specs = [spec for name in _CODE if (spec := find_spec(name)) and spec.submodule_search_locations]
    code = {Path(place).resolve() for spec in specs for place in spec.submodule_search_locations or ()}
    read = {(context.root / name).resolve() for name in _BESIDES} | {context.regions_dir.resolve()}
    return sorted(code | read)


def _load(context: Context) -> bool:
    """Whether a region could be rendered: then all is imported. What is wrong is told by the command."""
    with suppress(Exception):
        programs = list(context.programs.values())
        render(next((program for program in programs if program.region), programs[0]))
        return True
    return False


def _prepare(context: Context, compare: Callable[[Context], object], revisions: Kept) -> None:
    """What is wrong is told by the command."""
    with suppress(Exception):
        if revisions.stale:
            compare(replace(context.again(), services=replace(context.services, compare=revisions.prepare)))


def _ran(arguments: Sequence[str], revisions: Kept | None, *, code_saved: bool) -> bool:
    """Runs a command line to its end. False where a ^C ended it."""
    stopped: list[Any] = []
    result = run_forked({_OPTION: partial(_run, arguments, revisions, code_saved)}, stopped.append)[_OPTION]
    if isinstance(result, RegionctlError) and not stopped:
        print_error(result)
    return not stopped


def _run(arguments: Sequence[str], revisions: Kept | None, code_saved: bool, send: Send, on_stop: OnStop) -> None:
    def stop() -> None:
        send(True)
        os._exit(INTERRUPTED)

    on_stop(stop)
    os.environ.pop(_VARIABLE, None)
    if code_saved:
        for name in [name for name in sys.modules if name.partition(".")[0] in _CODE]:
            del sys.modules[name]
    services = import_module("fleet.services").REAL
    if revisions:
        revisions.packages = _CODE if code_saved else ()
        services = replace(services, compare=revisions.diff)
    import_module("cli.app").run(list(arguments), services)
    flush()
    sys.stdout.flush()
