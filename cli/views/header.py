"""What stands around a result: which fleet it is about and whether a cloud is touched, and what to type next."""

from __future__ import annotations

from cli.views.console import note, warn
from fleet.events import Chosen
from regionctl.model.program import Target


def print_header(chosen: Chosen) -> None:
    """Goes to stderr, so that stdout holds data alone. That providers stand in for a cloud's real ones is said even
    where little else is: what is planned and applied then is not what exists.
    """
    if chosen.target is Target.SANDBOX:
        note(f"{chosen.fleet}, sandbox: no cloud is touched")
    elif chosen.attached:
        names = ", ".join(sorted(chosen.attached))
        providers = f"attached providers in place of the real ones: {names} (PULUMI_DEBUG_PROVIDERS)"
        warn(f"{chosen.fleet}, cloud, with {providers}")
    else:
        note(f"{chosen.fleet}, cloud: the real one")


def print_next(commands: tuple[str, ...]) -> None:
    """The commands that carry out what a file now says."""
    if commands:
        note("next:")
    for command in commands:
        note(f"  {command}")
