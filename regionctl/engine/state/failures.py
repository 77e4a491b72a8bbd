"""What a failed command of Pulumi's CLI said, as one clear error.

    call(session, "stack", "export")    one command on the stack; a RegionctlError explains a failure

A run's own failures, of its program and its resources, are told by runs/failures.py.
"""

from __future__ import annotations

import re

from pulumi.automation import CommandError, ConcurrentUpdateError

from regionctl.engine.cli.command import NO_STACK
from regionctl.model.errors import EngineError, Interrupted, RegionctlError

from .checkpoint import DamagedState, NeverApplied
from .passphrase import WrongPassphrase
from .remote import DamagedRemoteState
from .session import Session
from .waiting import locked

# gocloud.dev/blob, and pkg/backend/diy of pulumi v3.259.0
_UNREACHABLE = re.compile(r"blob \(|could not list bucket|open bucket|google credentials")
# One of several errors, as the CLI lists them.
_ITEM = re.compile(r"(?:\d+\)|\*) (.+)")
_DAMAGED = ("snapshot integrity failure", "could not unmarshal", "failed to load checkpoint")


class RunFailed(EngineError):
    """The run did not end well. `failed` are the URNs of the resources that failed."""

    def __init__(self, stack: str, what: str, failed: tuple[str, ...], *, hint: str | None = None) -> None:
        super().__init__(f"{stack}: {what}", hint=hint)
        self.stack = stack
        self.failed = failed


class StateUnreachable(EngineError):
    """A remote state cannot be asked: there is no such bucket, or not with these credentials, or no way to it."""

    def __init__(self, stack: str, backend_url: str, said: str) -> None:
        self.stack = stack
        super().__init__(
            f"the state of {stack} cannot be reached: {said}",
            where=backend_url,
            hint="see that the bucket is there, and that your credentials for it are set and may read and write in it",
        )


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
    if session.workspace.state_dir is None and _UNREACHABLE.search(text):
        return StateUnreachable(program.name, session.workspace.backend_url, said(text))
    if any(sign in text for sign in _DAMAGED):
        path, why = session.workspace.checkpoint(program), _last_line(text)
        if path is None:
            return DamagedRemoteState(session.workspace.backend_url, program, why)
        return DamagedState(path, program, why)
    return None


def said(text: str) -> str:
    """The `error: ` lines of a CommandError, each with the list that it begins, or its last line."""
    lines = [line.strip().removeprefix("stderr: ") for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    items = [item[1] for item in map(_ITEM.fullmatch, lines) if item and item[1] != "Unknown"]
    errors = [f"{error} {'; '.join(items)}" if error.endswith("errors occurred:") else error for error in errors]
    return "\n".join(errors) or _last_line(text)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("stderr: ").removeprefix("error: ") if lines else "it gave no reason"
