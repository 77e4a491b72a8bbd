"""The first line of every command that touches a fleet: which one, and whether a cloud is touched."""

from __future__ import annotations

from collections.abc import Set

from cli.views.console import note, warn
from regionctl.model.program import Target


def print_header(fleet: str, target: Target, attached: Set[str]) -> None:
    """Goes to stderr, so that stdout holds data alone. `attached`: providers that stand in for a cloud's real ones,
    which is said even where little else is: what is planned and applied then is not what exists.
    """
    if target is Target.SANDBOX:
        note(f"{fleet}, sandbox: no cloud is touched")
    elif attached:
        names = ", ".join(sorted(attached))
        warn(f"{fleet}, cloud, with attached providers in place of the real ones: {names} (PULUMI_DEBUG_PROVIDERS)")
    else:
        note(f"{fleet}, cloud: the real one")
