"""Rows of text in aligned columns, without lines, so that `cut` and `awk` can read them."""

from __future__ import annotations

from collections.abc import Sequence

from cli.views.console import say
from cli.views.text import Text

GAP = "  "


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Text | str]]) -> None:
    """The last column is not padded."""
    lines = [[Text(heading, "dim") for heading in headings], *([_text(cell) for cell in row] for row in rows)]
    widths = [max(line[column].cell_len for line in lines) for column in range(len(headings))]
    for line in lines:
        row = Text()
        for cell, width in zip(line[:-1], widths, strict=False):
            row.append(cell).append(" " * (width - cell.cell_len) + GAP)
        say(row.append(line[-1]))


def _text(cell: Text | str) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)
