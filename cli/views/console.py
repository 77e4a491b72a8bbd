"""Where text goes: data to stdout, everything said about it to stderr.

Rich decides about colour (a terminal, TERM=dumb); with NO_COLOR there is no escape sequence at all. Nothing is wrapped,
and without a terminal nothing is cropped to a width either, so that lines can be searched. Everything is made fit for a
terminal first (`regionctl.model.printable`).

    say, data, json_data, value    what the command was asked for: stdout
    note                           chatter: stderr, and not with -q
    warn                           errors, warnings and what follows from them: stderr

A full disk or a closed pipe behind stdout ends the command: what it was asked for cannot be said. Behind stderr it ends
nothing: a run does not stop halfway because nobody reads its log.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO, cast

from regionctl.model.errors import RegionctlError
from regionctl.model.printable import in_json, one_line, paragraph
from regionctl.render.plain import plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from cli.views.text import Text

_NO_WIDTH = 1_000
_GAP = "  "  # between columns


class UnwritableOutput(RegionctlError):
    """What a command was asked for cannot be written to standard output."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"standard output cannot be written: {reason}")


class _Stream:
    """`sys.stdout` or `sys.stderr` as they are now, with what happens where one cannot be written."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.hushed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file(), name)

    @property
    def encoding(self) -> str:
        return self._file().encoding or "utf-8"

    def _file(self) -> TextIO:
        file = getattr(sys, self._name)
        return cast(TextIO, getattr(file, "rich_proxied_file", file))  # Rich's Live puts itself before it

    def write(self, text: str) -> int:
        return self._try("write", self._encodable(text)) or 0

    def flush(self) -> None:
        self._try("flush")

    def _encodable(self, text: str) -> str:
        """What the stream's encoding lacks is written out, as a terminal of ASCII has to have it."""
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)

    def _try(self, method: str, *args: str) -> Any:
        try:
            return getattr(self._file(), method)(*args)
        except BrokenPipeError:
            if self._name == "stdout":
                raise
        except OSError as error:
            if self._name == "stdout":
                raise UnwritableOutput(error.strerror or str(error)) from error
        return None


_OUT, _ERR = _Stream("stdout"), _Stream("stderr")


@cache
def stdout() -> Console:
    return _console(_OUT)


@cache
def stderr() -> Console:
    return _console(_ERR)


def _console(stream: _Stream) -> Console:
    from rich.console import Console

    console = Console(
        file=cast(TextIO, stream),
        force_terminal=False if os.environ.get("NO_COLOR") else None,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )
    if not console.is_terminal:
        console.width = _NO_WIDTH
    return console


def say(text: RenderableType = "") -> None:
    """Prints to stdout: what the command was asked for. A `str` is one line."""
    _print(stdout(), text)


def note(text: RenderableType = "") -> None:
    """Prints to stderr what a person wants to know and a program does not; not with `-q`. A `str` is one line."""
    if not _ERR.hushed:
        warn(text)


def warn(text: RenderableType = "") -> None:
    """Prints to stderr what must be said in any case: errors, warnings, what was left out. A `str` is one line."""
    _print(stderr(), text)


def hush(hushed: bool) -> None:
    """`-q`: whether `note` and the progress of runs say nothing."""
    _ERR.hushed = hushed


def is_hushed() -> bool:
    return _ERR.hushed


def _print(console: Console, text: RenderableType) -> None:
    """Without a terminal a line is written as it is: laying it out takes Rich half a millisecond."""
    from cli.views.text import Text

    if not console.is_terminal and isinstance(text, str | Text):
        console.file.write(f"{one_line(text) if isinstance(text, str) else text.plain}\n")
    else:
        console.print(Text(text) if isinstance(text, str) else text)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Text | str]]) -> None:
    """Aligned columns without lines, so that `cut` and `awk` can read them. The last is not padded."""
    from cli.views.text import Text

    cells = [[Text(heading, "dim") for heading in headings]]
    cells += [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    widths = [max(line[column].cell_len for line in cells) for column in range(len(headings))]
    for line in cells:
        row = Text()
        for cell, width in zip(line[:-1], widths, strict=False):
            row.append(cell).append(" " * (width - cell.cell_len) + _GAP)
        say(row.append(line[-1]))


def data(document: str) -> None:
    """Prints a document of several lines to stdout."""
    text = paragraph(document)
    _OUT.write(text if text.endswith("\n") else text + "\n")


def json_data(document: str) -> None:
    """Prints a JSON document to stdout: each value as it is, whatever characters it has."""
    text = in_json(document, ascii_only=not _OUT.encoding.lower().startswith("utf"))
    _OUT.write(text if text.endswith("\n") else text + "\n")


def value(text: str) -> None:
    """Prints a value to stdout for a program to take: exactly, unless a terminal would obey it."""
    _OUT.write(f"{paragraph(text) if stdout().is_terminal else text}\n")


def announce(line: str) -> None:
    """Prints a line to stdout at once, for a program that waits for it."""
    say(line)
    flush()


def clear() -> None:
    """Empties a terminal, so that what follows stands at its top; without one, nothing."""
    if stdout().is_terminal:
        stdout().clear()
        flush()


def flush() -> None:
    """Raises UnwritableOutput, BrokenPipeError."""
    _OUT.flush()


def print_json(document: Any, *, at_once: bool = False) -> None:
    """Anything that JSON has no word for is said as views say it: no value ends a command.

    `at_once`: on one line, for a program that waits for it.
    """
    indent = None if at_once else 2
    try:
        text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False, default=plain)
    except ValueError:  # NaN and infinity, which a state can hold and JSON cannot
        text = json.dumps(plain(document), indent=indent, ensure_ascii=False)
    json_data(text)
    if at_once:
        flush()
