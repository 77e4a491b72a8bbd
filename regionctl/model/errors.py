"""The errors that people see.

    RegionctlError            one clear line: where, what, what to do next        exit 1
    |- SpecError              one or more problems in YAML files, each at file:line:column
    |- EngineError            Pulumi's engine refused or failed
    |  '- StackLocked         somebody else is changing the stack                 exit 3
    |- CheckFailed            a proof or a gate said no                           exit 4
    '- Interrupted            ^C, after the running steps were saved              exit 130

Parts of the tool subclass these where they need fields of their own. Every class carries its facts as fields; the
text is made from them, never the other way round. A secret's value is never a field of an error.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file. Lines and columns count from 1, as editors do."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class RegionctlError(Exception):
    """What went wrong (`what`), where (`where`), and what to do next (`hint`)."""

    exit_code = 1

    def __init__(self, what: str, *, where: Position | str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}; {self.hint}" if self.hint else text


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a spec: where, what (and the property's path), what to do."""

    where: Position
    what: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"; {self.hint}" if self.hint else "")


class SpecError(RegionctlError):
    """Every problem of every spec that was read, in the order of file and line."""

    def __init__(self, problems: list[Problem]) -> None:
        assert problems, "a SpecError without a problem"
        self.problems = sorted(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class EngineError(RegionctlError):
    """Pulumi's engine refused or failed."""


class StackLocked(EngineError):
    """Another process is changing the stack."""

    exit_code = 3

    def __init__(self, stack: str, holder: str, *, hint: str | None = None) -> None:
        super().__init__(f"{stack} is locked by {holder}", hint=hint)
        self.stack = stack
        self.holder = holder


class CheckFailed(RegionctlError):
    """A proof or a gate said no."""

    exit_code = 4


class Interrupted(RegionctlError):
    """The user stopped the run; what was running is saved."""

    exit_code = 130
