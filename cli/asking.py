"""Questions to a person, on the terminal alone."""

from __future__ import annotations

import sys

import typer

from cli.render.printable import one_line
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
    if not yes and not confirmed(question):
        raise Declined


def confirmed(question: str) -> bool:
    """What somebody answers to a question, which may name what is in a file or a cloud."""
    return typer.confirm(one_line(question), err=True)


def typed(prompt: str, *, hidden: bool = False) -> str:
    """What somebody types, of what is `hidden` twice; nothing is an answer to what is shown."""
    default = None if hidden else ""
    answer: str = typer.prompt(
        one_line(prompt), err=True, default=default, hide_input=hidden, confirmation_prompt=hidden
    )
    return answer
