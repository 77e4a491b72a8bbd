"""What commands on a fleet come to: what was found and probed, how a run ended, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from regionctl.model.errors import RegionctlError
from regionctl.model.plan import Plan


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


class What(StrEnum):
    ORIGIN = "origin"  # whether a region answers
    DOMAIN = "domain"  # whether the public one does
    REQUEST = "request"  # where a sample request goes
    FORGERY = "forgery"  # what becomes of a context that the auth service did not sign


@dataclass(frozen=True, kw_only=True)
class Probed:
    """One probe. `hint` is what to do where it did not pass."""

    what: What
    subject: str
    passed: bool
    said: str
    hint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """The file that describes what was applied, and commands that compare and show it."""

    file: str
    diff: str
    drift: str
    outputs: str


@dataclass(frozen=True, kw_only=True)
class NextSteps:
    """What to do after a run. `commands` carry a region on; `look` is how to look at what was applied, where there are
    none; `renamed` says how a stack that was taken down comes up again where its names are not given out again.
    """

    commands: Sequence[str] = ()
    look: Look | None = None
    renamed: Sequence[tuple[str, str]] = ()  # a stack's name, and the way


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """How a run ended. `incomplete`: some of its stacks have no plan. `refusals`: why stacks were not tried.

    `declined`: a person did not agree to the plans, and nothing was changed. `resume` is the command that takes up what
    is left. `next_steps` may read states, so that it is asked only by whoever shows it.
    """

    plans: Sequence[Plan] = ()
    incomplete: bool = False
    refusals: Sequence[RegionctlError] = ()
    declined: bool = False
    resume: str | None = None
    next_steps: Callable[[], NextSteps] = field(default=NextSteps)

    @property
    def exit_code(self) -> int:
        """Not 0 where the run did not end well; that of the errors where they agree."""
        codes = {error.exit_code for error in (*(plan.error for plan in self.plans), *self.refusals) if error}
        if not (codes or self.incomplete or self.declined):
            return 0
        return codes.pop() if len(codes) == 1 else 1
