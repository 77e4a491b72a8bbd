"""`regionctl bootstrap`: a fleet from nothing to a working environment, and back."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import LockTimeout, Parallel, Yes, complete_fleet
from cli.context import Context

Fleet = Annotated[
    str | None,
    typer.Argument(
        metavar="[FLEET]", help="The fleet, else that of --fleet.", show_default=False, autocompletion=complete_fleet
    ),
]


def bootstrap(
    ctx: typer.Context,
    fleet: Fleet = None,
    down: Annotated[bool, typer.Option("--down", help="Take it apart again, protected resources among it.")] = False,
    yes: Yes = False,
    parallel: Parallel = None,
    lock_timeout: LockTimeout = 0,
) -> None:
    """Bring a whole fleet up from nothing, and probe it.

    Shows first all that would stop it. Run again, it goes on where it ended, and then only probes.
    """
    context: Context = ctx.obj.again(fleet=fleet)
    from cli.asking import person
    from cli.views.bootstrap import BootstrapView
    from cli.views.run import RunView
    from fleet.bootstrap.run import bring_up, take_down
    from regionctl.engine import RunOptions
    from regionctl.engine.state.history import signed

    message = signed("bootstrap --down" if down else "bootstrap")
    options = RunOptions(unprotect=down, parallel=parallel, lock_timeout_s=lock_timeout, message=message)
    answers = person(yes=yes)
    if down:
        run = RunView(context)
        raise typer.Exit(run.show(take_down(context, options, person=answers, emit=run)))
    with BootstrapView(context) as view:
        raise typer.Exit(bring_up(context, options, person=answers, emit=view).exit_code)
