"""Explains a command of Pulumi's CLI that failed, as one clear error.

    call(session, "stack", "export")    one command on the stack; a RegionctlError explains a failure

runs/failures.py explains what is a run's own: failures of its program and its resources.
"""

from __future__ import annotations

from pulumi.automation import CommandError, ConcurrentUpdateError

from regionctl.engine.cli.command import NO_STACK, last_line, said
from regionctl.model.errors import EngineError, Interrupted, RegionctlError

from .checkpoint import NeverApplied
from .passphrase import WrongPassphrase
from .session import Session
from .waiting import locked

_DAMAGED = ("snapshot integrity failure", "could not unmarshal", "failed to load checkpoint")


class RunFailed(EngineError):
    """The run did not end well. `failed` are the URNs of the resources that failed."""

    def __init__(self, stack: str, what: str, failed: tuple[str, ...], *, hint: str | None = None) -> None:
        super().__init__(f"{stack}: {what}", hint=hint)
        self.stack = stack
        self.failed = failed


def call(session: Session, *args: str, text: str | None = None, makes: bool = False) -> str:
    """One command on the stack, which it may make first. Raises a RegionctlError that explains a failure."""

    def run() -> str:
        return session.call(*args, "--stack", session.program.name, text=text)

    try:
        return session.on_stack(run) if makes else run()
    except CommandError as failure:
        raise explain(session, failure) from None


def explain(session: Session, failure: CommandError) -> RegionctlError:
    """The error for a command that failed, from what it wrote."""
    return of_command(session, failure) or RunFailed(session.program.name, said(str(failure)), ())


def of_command(session: Session, failure: CommandError) -> RegionctlError | None:
    """The error for a command that could not do its work: not where the resources or the program were at fault."""
    program, text = session.program, str(failure)
    if session.command.interrupted:
        what = f"{program.name}: stopped; what was running was finished and saved"
        return Interrupted(what, hint="run the same command again to go on")
    if session.command.killed_by is not None:
        what = f"{program.name}: Pulumi's CLI was killed (signal {session.command.killed_by}) in the middle of the run"
        return EngineError(what, hint="run the same command again: it names what was running, settles it and goes on")
    if isinstance(failure, ConcurrentUpdateError):
        return locked(session)
    if "incorrect passphrase" in text:
        return WrongPassphrase(program.name, str(session.workspace.passphrase_file))
    if NO_STACK in text:
        return NeverApplied(program)
    if error := session.backend.unreachable(program, text):
        return error
    if any(sign in text for sign in _DAMAGED):
        return session.backend.damaged(program, last_line(text))
    return None
