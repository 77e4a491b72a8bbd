"""A short mark of a stack's state, enough to see later that it is another one, and a guard that looks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from regionctl.model.errors import EngineError
from regionctl.model.program import StackProgram

from .checkpoint import NeverApplied, read_checkpoint

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
    return StateMark(updates=_updates(session), digest=_digest(_deployment(session)))


def _deployment(session: Session) -> Mapping[str, Any]:
    path = session.workspace.checkpoint(session.program)
    if path is None:
        from .records import export_state

        try:
            exported: Mapping[str, Any] = json.loads(export_state(session)).get("deployment") or {}
        except NeverApplied:
            return {}
        return exported
    if read_checkpoint(session.workspace, session.program) is None:
        return {}
    latest: Mapping[str, Any] = json.loads(path.read_bytes())["checkpoint"].get("latest") or {}
    return latest


def _updates(session: Session) -> int:
    folder = session.workspace.state_dir
    if folder is None:
        from .records import history

        return len(history(session))
    # pkg/backend/diy/state.go of pulumi v3.259.0
    place = folder / "history" / session.program.project / session.program.name
    return sum(1 for _ in place.glob("*.history.json"))


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
