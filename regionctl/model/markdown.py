"""Markdown for GitHub in which a resource's name or value can be nothing but text.

Texts that we did not write stand in one of three places. In an HTML block (it goes on to the next blank line) they are
escaped and stand in `<code>`, where GitHub looks for no @mentions, issues or commits. In a fenced block nothing has a
meaning but the end of the fence, which is longer than any run of backticks inside; in a code span likewise.
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/node_filter/mention_filter.rb (IGNORE_PARENTS)
https://github.github.com/gfm/#html-blocks
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from regionctl.model.printable import one_line

_FENCE = "```"
_A_WORD = re.compile(r"[\w()-]*[.,;:]?")


def clipped(text: str, most: int) -> str:
    """The text, or its beginning and how long it is."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"


def code(text: str) -> str:
    """Foreign text inside an HTML block."""
    return f"<code>{html.escape(one_line(text))}</code>"


def prose(text: str) -> str:
    """A sentence of ours with foreign words in it, inside an HTML block: what could be more than a word is code."""
    return " ".join(map(_word, one_line(text).split(" ")))


def _word(word: str) -> str:
    if _A_WORD.fullmatch(word):
        return html.escape(word)
    name = word.rstrip(",;:")
    return code(name) + word[len(name) :]


def span(text: str) -> str:
    """Foreign text in a line of Markdown, as code, in which nothing has a meaning but the backticks that end it."""
    line = one_line(text)
    ticks = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    return f"{ticks} {line} {ticks}" if line.strip("` ") != line or not line else f"{ticks}{line}{ticks}"


def fenced(lines: Iterable[str], language: str) -> str:
    """Lines as a block of code."""
    body = [one_line(line) for line in lines]
    longest = max((len(run) for line in body for run in re.findall("`+", line)), default=0)
    fence = "`" * max(longest + 1, len(_FENCE))
    return "\n".join([f"{fence}{language}", *body, fence])


def details(summary: str, body: str, *, open_: bool = False) -> str:
    """A part that opens on a click. `summary` is HTML, `body` is Markdown."""
    return f"<details{' open' if open_ else ''}><summary>{summary}</summary>\n\n{body}\n\n</details>"


def size(text: str) -> int:
    """How much of GitHub's limit a text takes, at most: its bytes in UTF-8.

    The limit is said in characters and was measured as four times as many bytes; bytes are never fewer than either.
    https://github.com/dead-claudia/github-limits/pull/13
    """
    return len(text.encode())
