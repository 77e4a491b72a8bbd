"""Applying exactly what a plan says, or nothing.

A run that refreshes cannot be exact: what it finds is not known before. For the others there are three nets, one behind
the other. The steps are planned again and given to `Expected.check`. Pulumi's own update plan of that preview binds the
update that follows. And the state must still be the one of the plan when the update has taken the stack's lock: the
engine runs the program under it, so the program's first act is to look.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from regionctl.engine.cli.locate import PulumiCli
from regionctl.engine.state.state_digest import StateMark, StateMoved, state_mark
from regionctl.model.plan import Plan
from regionctl.model.program import StackProgram

if TYPE_CHECKING:
    from regionctl.engine.state.session import Session


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a stack's plan was made on, and a `check` that raises RegionctlError where the steps are other ones."""

    state: StateMark
    check: Callable[[Plan], None]


class StateGuard:
    """Refuses a state that is not the expected one, before a run and again under the stack's lock."""

    def __init__(self, session: Session, cli: PulumiCli, expected: StateMark) -> None:
        self.refusal: StateMoved | None = None  # what was found under the lock
        self._session = session
        self._cli = cli
        self._expected = expected

    def check(self) -> None:
        """Raises StateMoved."""
        self._compare(self._session)

    def follow(self) -> None:
        """The run itself has moved the state: what it is now is expected from here on."""
        self._expected = state_mark(self._session)

    def watch(self, program: StackProgram) -> StackProgram:
        """The program, which first looks at the state."""

        def run() -> None:
            self._check_under_lock()
            program.run()

        return replace(program, run=run)

    def _check_under_lock(self) -> None:
        from regionctl.engine.state.session import Session

        running = self._session  # its command is the update
        try:
            self._compare(Session(running.program, running.workspace, self._cli, None))
        except StateMoved as refusal:
            self.refusal = refusal
            raise

    def _compare(self, session: Session) -> None:
        found = state_mark(session)
        if found.digest != self._expected.digest:
            raise StateMoved(session.program.name, self._expected, found)
