"""Taking the stack's lock: wait for a holder that works, pass one that is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from pulumi.automation import ConcurrentUpdateError

from regionctl.errors import StackLocked

from .events import Diagnostic, Severity
from .locks import clear_stale, locks
from .options import RunOptions
from .session import Session

_POLL_S = 0.2


def with_lock(
    session: Session, options: RunOptions, say: Callable[[Iterable[Diagnostic]], None], run: Callable[[], None]
) -> None:
    """Runs what takes the lock, again while another holds it, for `lock_timeout_s`. Raises StackLocked after that."""
    deadline = time.monotonic() + options.lock_timeout_s
    while True:
        say(_passed(session))
        held = locks(session.workspace, session.program)
        if not held:
            try:
                run()
            except ConcurrentUpdateError:
                held = locks(session.workspace, session.program)
            else:
                return
        if session.command.interrupted or time.monotonic() >= deadline:
            raise _locked(session, str(held[0]) if held else "another process")
        time.sleep(_POLL_S)


def _locked(session: Session, holder: str) -> StackLocked:
    stack = session.program.region or session.program.name
    return StackLocked(
        session.program.name,
        holder,
        hint=f"wait with --lock-timeout SECONDS; where that run is gone for good: regionctl state unlock {stack}",
    )


def _passed(session: Session) -> Iterable[Diagnostic]:
    for lock in clear_stale(session.workspace, session.program):
        yield Diagnostic(
            stack=session.program.name,
            severity=Severity.WARNING,
            message=f"the lock of {lock} was left behind by a process that is gone; it was removed",
        )
