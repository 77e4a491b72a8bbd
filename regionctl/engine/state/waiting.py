"""Takes a stack's locks: waits for a run that works, and removes the lock that a run left of which nothing is left."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator

from pulumi.automation import ConcurrentUpdateError

from regionctl.model.errors import StackLocked
from regionctl.model.events import Diagnostic, Severity

from .filelock import Busy
from .remote import named_locks
from .session import Session

Say = Callable[[Iterable[Diagnostic]], None]
_POLL_S = 0.2
# Whoever only looks whether a lock is held, or mends what a kill left, holds it for a moment.
_MOMENT_S = 1.0


class Patience:
    """How long to wait for a lock."""

    def __init__(self, session: Session, timeout_s: float) -> None:
        self._session = session
        self._began = time.monotonic()
        self._timeout_s = timeout_s

    def again(self) -> bool:
        """Whether to try once more, after a moment."""
        waited_s = time.monotonic() - self._began
        if self._session.command.interrupted or waited_s >= max(self._timeout_s, _MOMENT_S):
            return False
        time.sleep(min(_POLL_S, _MOMENT_S / 20 if waited_s < _MOMENT_S else _POLL_S))
        return True

    @property
    def over(self) -> bool:
        """Whether a holder that works is not waited for any longer."""
        return self._session.command.interrupted or time.monotonic() - self._began >= self._timeout_s


@contextlib.contextmanager
def running(session: Session, timeout_s: float, say: Say) -> Iterator[None]:
    """Holds the stack's run lock, at a moment when Pulumi's own is free. Raises StackLocked, NotWritten,
    NotEnoughSpace.
    """
    if session.locks.is_running:
        yield
        return
    session.backend.check_space()
    patience = Patience(session, timeout_s)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(session.locks.running(patience.again))
        except Busy:
            raise locked(session) from None
        say(_unlockable(session))
        say(_passed(session))
        while session.locks.pulumi():
            if patience.over:
                raise locked(session)
            time.sleep(_POLL_S)
            say(_passed(session))
        yield


def with_lock(session: Session, timeout_s: float, say: Say, run: Callable[[], None]) -> None:
    """Runs what takes Pulumi's lock, again while another holds it, for `timeout_s`. Raises StackLocked then."""
    patience = Patience(session, timeout_s)
    with running(session, timeout_s, say):
        while True:
            try:
                run()
            except ConcurrentUpdateError:
                if patience.over:
                    raise locked(session) from None
                time.sleep(_POLL_S)
            else:
                return


def drop_broken(session: Session) -> None:
    """Removes what a kill left half written beside the state of a stack that nobody is changing. The run lock must be
    held.
    """
    if not session.locks.pulumi():
        session.backend.drop_broken(session.program)


def mend(session: Session, say: Say) -> None:
    """Removes what a run that was killed left behind, where no other one is at the stack."""
    try:
        with session.locks.running(lambda: False):
            say(_passed(session))
            drop_broken(session)
    except Busy:
        return


def locked(session: Session) -> StackLocked:
    """The error for a lock that another holds, naming who, as far as this host can tell."""
    program = session.program
    held = [lock for lock in session.locks.held() if not lock.stale] or named_locks(session.command.refused_lock)
    return StackLocked(
        program.name,
        str(held[0]) if held else "another process",
        hint=f"wait with --lock-timeout SECONDS; where that run is gone for good: {program.command('state', 'unlock')}",
    )


def _passed(session: Session) -> Iterable[Diagnostic]:
    for lock in session.locks.clear_stale():
        yield Diagnostic(
            stack=session.program.name,
            severity=Severity.WARNING,
            message=f"the lock of {lock} was left behind by a run of which nothing is left; it was removed",
        )


def _unlockable(session: Session) -> Iterable[Diagnostic]:
    if session.locks.unlockable:
        yield Diagnostic(
            stack=session.program.name,
            severity=Severity.WARNING,
            message="the file system of the state knows no file locks; Pulumi's own lock alone keeps other runs out",
        )
