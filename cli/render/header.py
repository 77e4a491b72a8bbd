"""The first line of every command that touches a fleet: which one, and whether a cloud is touched."""

from __future__ import annotations

from cli.render.console import note
from regionctl.program import Target


def print_header(fleet: str, target: Target, *, quiet: bool) -> None:
    """Goes to stderr, so that stdout holds data alone."""
    if not quiet:
        note(f"{fleet}, {'sandbox: no cloud is touched' if target is Target.SANDBOX else 'cloud: the real one'}")
