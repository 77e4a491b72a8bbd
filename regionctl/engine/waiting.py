"""Taking the stack's lock: wait for a holder that works, pass one that is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from pulumi.automation import ConcurrentUpdateError

from regionctl.errors import StackLocked

from .events import Diagnostic, Severity
from .locks import clear_stale, locks
from .options import RunOptions
from .remote import told_locks
from .session import Session

_POLL_S = 0.2


def with_lock(
    session: Session, options: RunOptions, say: Callable[[Iterable[Diagnostic]], None], run: Callable[[], None]
) -> None:
    """Runs what takes the lock, again while another holds it, for `lock_timeout_s`. Raises StackLocked after that."""
    deadline = time.monotonic() + options.lock_timeout_s
    while True:
        say(_passed(session))
        if not locks(session.workspace, session.program):
            try:
                run()
            except ConcurrentUpdateError:
                pass  # another was faster
            else:
                return
        if session.command.interrupted or time.monotonic() >= deadline:
            raise locked(session)
        time.sleep(_POLL_S)


def locked(session: Session) -> StackLocked:
    """The error for a lock that another holds, naming who, as far as this host can tell."""
    program = session.program
    held = locks(session.workspace, program) or told_locks(session.command.refused_lock)
    return StackLocked(
        program.name,
        str(held[0]) if held else "another process",
        hint=f"wait with --lock-timeout SECONDS; where that run is gone for good: {program.command('state', 'unlock')}",
    )


def _passed(session: Session) -> Iterable[Diagnostic]:
    for lock in clear_stale(session.workspace, session.program):
        yield Diagnostic(
            stack=session.program.name,
            severity=Severity.WARNING,
            message=f"the lock of {lock} was left behind by a process that is gone; it was removed",
        )
