"""What a failed CLI said, as one clear error."""

from __future__ import annotations

import re

from pulumi.automation import CommandError, ConcurrentUpdateError

from regionctl.errors import EngineError, StackLocked
from regionctl.program import StackProgram

from .collect import Collector
from .events import Severity
from .plans import Status

_LOCK = re.compile(r"created by (?P<holder>\S+ \(pid \d+\)) at (?P<since>\S+)")


class RunFailed(EngineError):
    """The run did not end well. `failed` are the URNs of the resources that failed."""

    def __init__(self, stack: str, what: str, failed: tuple[str, ...], *, hint: str | None = None) -> None:
        super().__init__(f"{stack}: {what}", hint=hint)
        self.stack = stack
        self.failed = failed


def explain(program: StackProgram, failure: CommandError, collector: Collector) -> EngineError:
    """The error for a command that failed, from the steps, the diagnostics, or what it wrote."""
    text = str(failure)
    if isinstance(failure, ConcurrentUpdateError):
        found = _LOCK.search(text)
        holder = f"{found['holder']} since {found['since']}" if found else "another process"
        return StackLocked(program.name, holder)
    failed = tuple(s.urn for s in collector.steps if s.status is Status.FAILED)
    messages = [d.message for d in collector.diagnostics if d.severity is Severity.ERROR]
    what = "\n".join(dict.fromkeys(messages)) or _said(text)
    return RunFailed(program.name, what, failed)


def _said(text: str) -> str:
    """The `error: ` lines of a CommandError, or its last lines."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return "\n".join(errors or lines[-3:])
