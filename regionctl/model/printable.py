"""Makes text fit for a terminal: what a cloud, a file, a name or an error says can never command it.

A terminal obeys control characters: an escape sequence can erase a line of `drift`, a bidi override can turn a name
round, a line separator can forge a line. All of them, and everything else that Unicode calls not printable (lone
surrogates, spaces that look like a space), are written out: `\\x1b`, `\\u202e`, `\\n`. `str.isprintable` decides
(Unicode categories Cc, Cf, Cs, Co, Cn, Zl, Zp, and Zs but for the space).

All views go this way: `cli.views.console` prints nothing that did not, `cli.views.text.Text` takes nothing else in.
JSON keeps its values: there the same characters are escaped as JSON does, which any reader of JSON takes back.
"""

from __future__ import annotations

import json

__all__ = ["in_json", "one_line", "paragraph"]


def one_line(text: str) -> str:
    """The text with every character that would end a line, command a terminal or not be seen written out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def paragraph(text: str) -> str:
    """A text of several lines: line ends and tabs stay, everything else is as in `one_line`."""
    return "\n".join("\t".join(map(one_line, line.split("\t"))) for line in text.split("\n"))


def in_json(document: str, *, ascii_only: bool = False) -> str:
    """A JSON document with the same characters escaped as JSON does: outside of its strings there are none."""

    def plain(text: str) -> bool:
        return text.isprintable() and (text.isascii() or not ascii_only)

    def escaped(char: str) -> str:
        return char if plain(char) or char == "\t" else json.dumps(char)[1:-1]

    return "\n".join(line if plain(line) else "".join(map(escaped, line)) for line in document.split("\n"))
