"""Points in time and durations as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta


def moment(when: datetime) -> str:
    """`2026-11-24 08:15`, in the local time zone."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def span(duration: timedelta) -> str:
    """`4.2 s`, `3 min 20 s`."""
    seconds = duration.total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
