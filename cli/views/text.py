"""Text with styles, and points in time, for a terminal."""

from __future__ import annotations

from datetime import datetime, timedelta
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


def moment(when: datetime) -> str:
    """`2026-11-24 08:15`, in the local time zone."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def span(duration: timedelta) -> str:
    """`4.2 s`, `3 min 20 s`."""
    seconds = duration.total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
