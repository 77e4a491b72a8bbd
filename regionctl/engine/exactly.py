"""Applying exactly what a plan says, or nothing.

Three nets, one behind the other. The steps are planned again and given to `Expected.check`. Pulumi's own update plan of
that preview binds the update that follows. And the state must still be the one of the plan when the update has taken
the stack's lock: the engine runs the program under it, so the program's first act is to look.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from regionctl.program import StackProgram

from .install import PulumiCli
from .plans import Plan
from .statemark import StateMark, StateMoved, state_mark

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a stack's plan was made on, and a `check` that raises RegionctlError where the steps are other ones."""

    state: StateMark
    check: Callable[[Plan], None]


class StateGuard:
    """Refuses a state that is not the expected one, before a run and again under the stack's lock."""

    def __init__(self, session: Session, cli: PulumiCli, expected: StateMark, *, refreshes: bool) -> None:
        self.refusal: StateMoved | None = None  # what was found under the lock
        self._session = session
        self._cli = cli
        self._expected = expected
        self._refreshes = refreshes

    def check(self) -> None:
        """Raises StateMoved."""
        found = state_mark(self._session)
        if found.digest != self._expected.digest:
            raise StateMoved(self._session.program.name, self._expected, found)

    def watch(self, program: StackProgram) -> StackProgram:
        """The program, which first looks at the state."""

        def run() -> None:
            self._check_under_lock()
            program.run()

        return replace(program, run=run)

    def _check_under_lock(self) -> None:
        """A refresh that belongs to the run has written what it found into the state already, so that only the history
        can tell of another run.
        """
        from .session import Session

        session = self._session  # its command is the run itself
        found = state_mark(Session(session.program, session.workspace, self._cli, None))
        same = found.updates == self._expected.updates if self._refreshes else found.digest == self._expected.digest
        if not same:
            self.refusal = StateMoved(session.program.name, self._expected, found)
            raise self.refusal
