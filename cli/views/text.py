"""Text with styles, for a terminal."""

from __future__ import annotations

from typing import Any, cast

from rich import text as rich_text

from regionctl.model.printable import one_line


class Text(rich_text.Text):
    """Rich's text, of which every part is fit for a terminal and stands on one line.

    It is the only one that views use (ruff's banned-api holds it): Rich's own passes escape sequences on, and silently
    drops a carriage return or a bell, so that two values which differ by one would look the same. Rich markup is never
    read: `[red]` in a value is four letters.
    """

    def __init__(self, text: str = "", style: Any = "", **options: Any) -> None:
        super().__init__(one_line(text), style, **options)

    def append(self, text: rich_text.Text | str, style: Any = None) -> Text:
        super().append(one_line(text) if isinstance(text, str) else text, style)
        return self

    @classmethod
    def assemble(cls, *parts: Any, **options: Any) -> Text:
        """Each part a text, or a text and its style."""
        return cast(Text, super().assemble(*parts, **options))
