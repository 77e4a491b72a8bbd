"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """A `problem` keeps a command from working; a `warning` does not, or not yet."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. Whatever is not ok says how to mend it."""

    level: Level
    subject: str
    what: str
    mend: str | None = None

    def __post_init__(self) -> None:
        assert (self.level is Level.OK) == (self.mend is None), f"{self.subject}: what to do about it?"

    @classmethod
    def ok(cls, subject: str, what: str) -> Finding:
        return cls(level=Level.OK, subject=subject, what=what)

    @classmethod
    def warning(cls, subject: str, what: str, mend: str) -> Finding:
        return cls(level=Level.WARNING, subject=subject, what=what, mend=mend)

    @classmethod
    def problem(cls, subject: str, what: str, mend: str) -> Finding:
        return cls(level=Level.PROBLEM, subject=subject, what=what, mend=mend)
