"""Reads, replaces, unlocks and repairs what Pulumi keeps of a stack, by its CLI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from regionctl.model.errors import EngineError
from regionctl.model.hints import command
from regionctl.system.reading import NotOfTheShape

from .checkpoint import Checkpoint, DamagedState, NeverApplied, parse_export
from .failures import call
from .filelock import Busy
from .history import Update, updates
from .repair import NoWholeState, restore, set_aside, whole_part
from .session import Session
from .waiting import Patience, running


def outputs(session: Session) -> Mapping[str, Any]:
    """The stack's outputs, secrets in plain text."""
    try:
        text = call(session, "stack", "output", "--json", "--show-secrets")
    except NeverApplied:
        return {}
    shown: Mapping[str, Any] = json.loads(text)
    return shown


def state(session: Session) -> Checkpoint:
    """What the stack holds; empty where it was never made."""
    return session.backend.state(session.program, partial(call, session))


def history(session: Session) -> tuple[Update, ...]:
    """Newest first; none where the stack was never made."""
    return updates(partial(call, session))


def export_state(session: Session) -> str:
    """The state as JSON, as `import_state` takes it. Secrets stay encrypted."""
    return call(session, "stack", "export")


def import_state(session: Session, document: str) -> None:
    """Replaces the state. Raises EngineError where the document is no state of this stack."""
    try:
        parse_export(document)
    except NotOfTheShape as error:
        hint = f"give a file that `{command('state', 'export')}` wrote"
        raise EngineError(f"not a state: {error.why}", hint=hint) from error
    with running(session, 0, _unheard):
        if damage := session.backend.damage(session.program):
            set_aside(damage.path)
        session.ensure_stack()
        call(session, "stack", "import", text=document, makes=True)


class StillRunning(EngineError):
    """A run on the stack lives: the system itself says so. Its lock cannot be taken from it."""

    def __init__(self, stack: str, holder: str) -> None:
        self.stack = stack
        self.holder = holder
        super().__init__(
            f"{stack} is being changed by {holder}: that run, or Pulumi's CLI that it started, is still there",
            hint="let it end, or end it; its lock goes with it",
        )


def cancel(session: Session) -> None:
    """Frees Pulumi's lock of the stack. Raises StillRunning where a run of this machine holds ours."""
    try:
        with session.locks.running(Patience(session, 0).again):
            call(session, "cancel", "--yes")
    except Busy as busy:
        raise StillRunning(session.program.name, str(busy.note or "another process")) from None


def _unheard(_diagnostics: object) -> None:
    """Where there is nobody to tell."""


def repair(session: Session) -> tuple[str, ...]:
    """Mends the state on this disk and says what was done: nothing where it is sound.

    What cannot be read is set aside (`.damaged`), and the newest whole state that Pulumi kept takes its place, or what
    is whole of one that is cut off. Then Pulumi sorts resources that are out of order and drops references to ones that
    are gone. Raises NoWholeState.
    """
    backend, program = session.backend, session.program
    done: list[str] = []
    with running(session, 0, _unheard):
        damage = backend.damage(program)
        kept, looked_at = backend.kept(program)
        salvaged = False
        while True:
            if damage is not None:
                if not kept and not salvaged and (part := whole_part(damage, looked_at)):
                    kept, salvaged = [part], True
                if not kept:
                    raise NoWholeState(damage.path, program, looked_at)
                done += restore(damage, kept.pop(0))
            try:
                said = call(session, "state", "repair", "--yes")
            except DamagedState as error:
                if not backend.reads_free:
                    raise  # there is nothing here to put in its place
                damage = error  # the engine asks more of a state than to be read
                continue
            return (*done, *(line.strip() for line in said.splitlines() if line.strip()))
