"""Console blocks of a Markdown page: commands that can be run, and what they print.

    ```console
    $ regionctl diff eu-west
    prod.eu-west
      nothing to do, ... unchanged
    ```

A line that begins with `$ ` is a command; the lines to the next one are its output, stdout and stderr as a terminal
shows them. `...` stands for any text, also over several lines. A block whose fence says `console no-run` is not run.
"""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Example:
    """One command with the output that the page shows."""

    page: str
    line: int
    command: str
    output: str

    def matches(self, actual: str) -> bool:
        """Whether the page tells the truth. White space counts as one blank, whatever its length."""
        return doctest.OutputChecker().check_output(self.output or "\n", actual or "\n", _FLAGS)


def examples(page: Path) -> Iterator[Example]:
    """The examples of a page, in their order."""
    text = page.read_text()
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1)) + 1
        yield from _of_block(page.name, first, block[1])


def _of_block(page: str, first: int, block: str) -> Iterator[Example]:
    command, line = "", first
    output: list[str] = []
    for number, text in enumerate(block.splitlines(), first):
        if text.startswith("$ "):
            if command:
                yield Example(page, line, command, "\n".join(output) + "\n" if output else "")
            command, line, output = text.removeprefix("$ "), number, []
        else:
            output.append(text)
    if command:
        yield Example(page, line, command, "\n".join(output) + "\n" if output else "")
