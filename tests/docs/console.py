"""Console blocks of a Markdown page: commands that can be run, and what they print.

    ```console
    $ regionctl diff eu-west
    prod.eu-west
      nothing to do, ... unchanged
    ```

A line that begins with `$ ` is a command; the lines to the next one are its output, stdout and stderr as a terminal
shows them. `...` stands for any text, also over several lines. A block whose fence says `console no-run` is not run. A
block that names a file (```toml components/catalogue.toml) is added to it; a ```diff, whose hunks need no numbers, is
applied.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<kind>console|diff|(?:python|toml) (?P<file>\S+))\n(?P<lines>.*?)^(?P=indent)```",
    re.MULTILINE | re.DOTALL,
)
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

    def run(self, checkout: Path) -> str:
        """What a terminal shows, colours aside."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REGIONCTL_")}
        environment |= {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "NO_COLOR": "1",
            "COLUMNS": "120",
        }
        if (checkout / "cli").exists():  # a copy of the project runs its own code
            environment["PYTHONPATH"] = str(checkout)
        done = subprocess.run(
            ["bash", "-c", self.command],
            cwd=checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return done.stdout


@dataclass(frozen=True)
class Change:
    """What the page adds to a file: at its end, or in the place of `old`, which it has once."""

    file: str
    old: str
    new: str

    def make(self, checkout: Path) -> None:
        path = checkout / self.file
        text = path.read_text() if path.exists() else ""
        assert not self.old or text.count(self.old) == 1, f"{self.file} has not once\n{self.old}"
        path.write_text(text.replace(self.old, self.new) if self.old else text + self.new)


def prints_what_it_shows(page: Path, checkout: Path, *, commands: int) -> None:
    """Types a page's commands, of which there are so many at least, in a checkout with the regions of this one, unless
    it has some."""
    if not (checkout / "regions").exists():
        shutil.copytree(ROOT / "regions", checkout / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    assert len(examples(page)) >= commands
    for step in steps(page):
        if isinstance(step, Change):
            step.make(checkout)
            continue
        actual = step.run(checkout)
        assert step.matches(actual), (
            f"{step.page}:{step.line}: `{step.command}` prints\n\n{actual}\ninstead of\n\n{step.output}"
        )


def examples(page: Path) -> list[Example]:
    """The commands of a page, in their order."""
    return [step for step in steps(page) if isinstance(step, Example)]


def steps(page: Path) -> Iterator[Example | Change]:
    """The commands of a page and what it changes, in their order."""
    text = page.read_text()
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start("lines")) + 1
        lines = textwrap.dedent(block["lines"])
        if block["kind"] == "console":
            yield from _of_block(page.name, first, lines)
        elif block["file"]:
            yield Change(block["file"], "", lines)
        else:
            yield from _hunks(lines)


def _hunks(diff: str) -> Iterator[Change]:
    head, *hunks = re.split(r"^@@.*\n", diff, flags=re.MULTILINE)
    file = head.rpartition("+++ b/")[2].strip()
    for hunk in hunks:
        old, new = ("".join(s[1:] for s in hunk.splitlines(keepends=True) if s[0] in signs) for signs in (" -", " +"))
        yield Change(file, old, new)


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
