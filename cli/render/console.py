"""Where text goes: data to stdout, everything said about it to stderr.

Rich decides about colour (a terminal, NO_COLOR, TERM=dumb). Nothing is wrapped, and without a terminal nothing is
cropped to a width either, so that lines can be searched.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


_NO_WIDTH = 1_000


@cache
def stdout() -> Console:
    return _console(stderr=False)


@cache
def stderr() -> Console:
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _NO_WIDTH
    return console


def say(text: RenderableType = "") -> None:
    """Prints to stdout: what the command was asked for."""
    _print(stdout(), text)


def note(text: RenderableType = "") -> None:
    """Prints to stderr: what a person wants to know and a program does not."""
    _print(stderr(), text)


def _print(console: Console, text: RenderableType) -> None:
    """Without a terminal a line is written as it is: laying it out takes Rich half a millisecond."""
    from rich.text import Text

    line = Text(text) if isinstance(text, str) else text
    if isinstance(line, Text) and not console.is_terminal:
        console.file.write(f"{line.plain}\n")
    else:
        console.print(line)


def data(document: str) -> None:
    """Prints a document to stdout as it is."""
    stdout().file.write(document if document.endswith("\n") else document + "\n")


def announce(line: str) -> None:
    """Prints a line to stdout at once, for a program that waits for it."""
    stdout().print(line)
    stdout().file.flush()
