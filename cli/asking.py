"""Questions to a person, on the terminal alone."""

from __future__ import annotations

import sys

import typer

from regionctl.errors import RegionctlError


class NotConfirmed(RegionctlError):
    """Nobody can be asked, and `--yes` was not given."""

    def __init__(self) -> None:
        super().__init__("there is no terminal to ask on", hint="give --yes to go on without being asked")


class Declined(RegionctlError):
    """The answer was no."""

    def __init__(self) -> None:
        super().__init__("not confirmed; nothing was changed")


def must_be_able_to_ask(*, yes: bool) -> None:
    """Raises NotConfirmed at once, before any work is done."""
    if not yes and not sys.stdin.isatty():
        raise NotConfirmed


def ask(question: str, *, yes: bool) -> None:
    """Goes on where the answer is yes. Raises Declined, NotConfirmed."""
    must_be_able_to_ask(yes=yes)
    if not yes and not typer.confirm(question, err=True):
        raise Declined
