"""Questions to a person, on the terminal alone."""

from __future__ import annotations

import sys

import typer

from fleet.events import Person
from regionctl.model.errors import RegionctlError
from regionctl.model.printable import one_line


class Declined(RegionctlError):
    """The answer was no."""

    def __init__(self) -> None:
        super().__init__("not confirmed; nothing was changed")


class NothingTyped(RegionctlError):
    """Something must be typed, and standard input, which is no terminal, held nothing more."""

    def __init__(self, prompt: str) -> None:
        super().__init__(
            f"nothing was typed where it says {prompt!r}; nothing was changed",
            hint="run it on a terminal, or give what must be typed on standard input, a line each",
        )


def person(*, yes: bool) -> Person:
    """Who sits at the terminal. `yes`: `--yes` was given."""
    return Person(yes=yes, can_answer=sys.stdin.isatty, confirms=confirmed, types=typed)


def must_be_able_to_ask(*, yes: bool) -> None:
    """Raises NotConfirmed at once, before any work is done."""
    person(yes=yes).must_be_able_to_answer()


def ask(question: str, *, yes: bool) -> None:
    """Goes on where the answer is yes. Raises Declined, NotConfirmed."""
    must_be_able_to_ask(yes=yes)
    if not yes and not confirmed(question):
        raise Declined


def confirmed(question: str) -> bool:
    """What somebody answers to a question, which may name what is in a file or a cloud."""
    return typer.confirm(one_line(question), err=True)


def typed(prompt: str, *, hidden: bool = False) -> str:
    """What somebody types, of what is `hidden` twice; nothing is an answer to what is shown. Raises NothingTyped."""
    default = None if hidden else ""
    text = one_line(prompt)
    try:
        answer: str = typer.prompt(text, err=True, default=default, hide_input=hidden, confirmation_prompt=hidden)
    except typer.Abort:
        if sys.stdin.isatty():  # ^C, or ^D
            raise
        raise NothingTyped(text) from None
    return answer
