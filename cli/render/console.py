"""Where text goes: data to stdout, everything said about it to stderr.

Rich decides about colour (a terminal, NO_COLOR, TERM=dumb). Nothing is wrapped, so that lines can be searched.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


@cache
def stdout() -> Console:
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


@cache
def stderr() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def say(text: RenderableType = "") -> None:
    """Prints to stdout: what the command was asked for."""
    stdout().print(text)


def note(text: RenderableType = "") -> None:
    """Prints to stderr: what a person wants to know and a program does not."""
    stderr().print(text)


def data(document: str) -> None:
    """Prints a document to stdout as it is."""
    stdout().file.write(document if document.endswith("\n") else document + "\n")


def announce(line: str) -> None:
    """Prints a line to stdout at once, for a program that waits for it."""
    stdout().print(line)
    stdout().file.flush()
