"""A short mark of a stack's state, enough to see later that it is another one, and a guard that looks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from regionctl.model.errors import EngineError
from regionctl.model.program import StackProgram

if TYPE_CHECKING:
    from .session import Session

# The manifest is written anew at every update, also by one that changes nothing.
_CONTENT = ("resources", "pending_operations")


@dataclass(frozen=True, kw_only=True)
class StateMark:
    """`updates` is how many are in the stack's history; `digest` is SHA-256 of what the state holds, in hexadecimal."""

    updates: int
    digest: str


class StateMoved(EngineError):
    """A stack's state is not the one that a plan was made on. Nothing of the stack was touched."""

    def __init__(self, stack: str, planned: StateMark, found: StateMark) -> None:
        self.stack = stack
        self.planned = planned
        self.found = found
        super().__init__(f"{moved(stack, planned, found)}; nothing of it was touched", hint="make a new plan")


def moved(stack: str, planned: StateMark, found: StateMark) -> str:
    """What happened to a state, in words."""
    if planned.updates == found.updates:
        return f"the state of {stack} was changed since the plan, by hand: it is still at update {found.updates}"
    return f"the state of {stack} is at update {found.updates}, the plan was made at {planned.updates}"


def state_mark(session: Session) -> StateMark:
    """The mark of the state as it is now. Raises DamagedState."""
    from .failures import call  # loads Pulumi's packages

    backend, program, ask = session.backend, session.program, partial(call, session)
    return StateMark(updates=backend.update_count(program, ask), digest=_digest(backend.deployment(program, ask)))


def _digest(deployment: Mapping[str, Any]) -> str:
    content = [deployment.get(key) or [] for key in _CONTENT]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class StateGuard:
    """Refuses a state that is not the expected one, before a run and again under the stack's lock: the engine runs the
    program under it, so the program's first act is to look.
    """

    def __init__(self, session: Session, expected: StateMark) -> None:
        self.refusal: StateMoved | None = None  # what was found under the lock
        self._session = session
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
        try:
            self._compare(self._session.beside())  # its own command is the update
        except StateMoved as refusal:
            self.refusal = refusal
            raise

    def _compare(self, session: Session) -> None:
        found = state_mark(session)
        if found.digest != self._expected.digest:
            raise StateMoved(session.program.name, self._expected, found)
