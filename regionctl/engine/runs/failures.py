"""What a failed CLI said, as one clear error."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pulumi.automation import CommandError, ConcurrentUpdateError

from regionctl.engine.cli.command import NO_STACK
from regionctl.engine.secrets.passphrase import WrongPassphrase
from regionctl.engine.state.checkpoint import ROOT_TYPE, Checkpoint, DamagedState, StateResource
from regionctl.engine.state.remote import DamagedRemoteState
from regionctl.engine.state.session import Session
from regionctl.engine.state.waiting import locked
from regionctl.model.errors import EngineError, Interrupted, RegionctlError
from regionctl.model.events import Diagnostic, Op, Severity, Status, Step
from regionctl.model.hints import command
from regionctl.model.program import StackProgram
from regionctl.render import ProgramFailed, render

from .delays import ADDRESSES_ARE_HELD, GO_ON_LATER, keeps_addresses, refused_for_now
from .event_collector import Collector
from .protection import ProtectedResources

_PROTECTED = re.compile(r"marked for protection|because it is protected|cannot be deleted\s+because it is protected")

# InstallPluginError in pkg/workspace/plugin.go, MissingError in sdk/go/common/workspace/plugins.go of pulumi v3.259.0
_NO_PLUGIN = re.compile(r"resource plugin 'pulumi-resource-(?P<name>[\w-]+)'.*? version v(?P<version>[\w.+-]+)")

# GetStackOutputs in pkg/backend/backend.go of pulumi v3.259.0
_UNKNOWN_STACK = re.compile(r'unknown stack "(?:[^"/]*/)*(?P<stack>[^"/]+)"')

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


class NeverApplied(EngineError):
    """The backend knows no such stack: nothing was applied yet."""

    def __init__(self, program: StackProgram) -> None:
        self.stack = program.name
        hint = (
            f"to make it, run: {program.command('up')}; to restore it, run: {program.command('state', 'import')} FILE"
        )
        super().__init__(f"{program.name} was never applied", hint=hint)


def explain(session: Session, failure: CommandError, collector: Collector, before: Checkpoint) -> RegionctlError:
    """The error for a command that failed, from what was seen of it and what it wrote."""
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
        return StateUnreachable(program.name, session.workspace.backend_url, _said(text))
    if any(sign in text for sign in _DAMAGED):
        path, why = session.workspace.checkpoint(program), _last_line(text)
        if path is None:
            return DamagedRemoteState(session.workspace.backend_url, program, why)
        return DamagedState(path, program, why)
    errors = [d for d in collector.diagnostics if d.severity is Severity.ERROR]
    if protected := _protected({d.urn for d in errors if _PROTECTED.search(d.message)}, collector, before):
        return ProtectedResources(program.name, protected)
    failed = tuple(dict.fromkeys([s.urn for s in collector.steps if s.status is Status.FAILED] + _urns(errors)))
    if collector.program_error and not failed:  # a program may stumble over what a failed resource did not give
        return _program_failed(session, collector.program_error)
    what = "\n".join(dict.fromkeys(_message(d.urn, d.message) for d in errors)) or _said(text)
    return RunFailed(program.name, what, failed, hint=_way_on(session, errors, collector) if failed else None)


def _way_on(session: Session, errors: Sequence[Diagnostic], collector: Collector) -> str:
    if lacking := next(filter(None, (_NO_PLUGIN.search(error.message) for error in errors)), None):
        install = f"{session.command.command} plugin install resource {lacking['name']} {lacking['version']}"
        return f"let this machine download it, or install it: {install}"
    if unknown := next(filter(None, (_UNKNOWN_STACK.search(error.message) for error in errors)), None):
        fleet, _, short = unknown["stack"].partition(".")
        return f"bring it up first: {command('up', short, fleet=fleet)}"
    if keeps_addresses(errors):
        return ADDRESSES_ARE_HELD
    if refused_for_now(errors, collector.steps):
        return GO_ON_LATER
    return "mend it and run the same command again: it goes on from what exists"


def _urns(errors: list[Diagnostic]) -> list[str]:
    return [d.urn for d in errors if d.urn and not _is_stack(d.urn)]


def _message(urn: str | None, message: str) -> str:
    return f"{urn.rpartition('::')[2]}: {message}" if urn and not _is_stack(urn) else message


def _is_stack(urn: str) -> bool:
    """Of the stack itself, and not of a reference to another one (`pulumi:pulumi:StackReference`)."""
    return urn.split("::")[2] == ROOT_TYPE


def _protected(urns: set[str | None], collector: Collector, before: Checkpoint) -> tuple[Step, ...]:
    steps = {s.urn: s for s in collector.steps if s.op is Op.REPLACE}
    state = {r.urn: r for r in before.resources}
    return tuple(steps.get(urn) or _ending(state[urn]) for urn in sorted(u for u in urns if u) if urn in state)


def _ending(resource: StateResource) -> Step:
    return Step(op=Op.DELETE, urn=resource.urn, type=resource.type, name=resource.name, protect=True)


def _program_failed(session: Session, raised: str) -> RegionctlError:
    """Rendering the program raises the same error with its place; what only happens in a real run is shown as it is."""
    try:
        render(session.program)
    except ProgramFailed as error:
        return error
    return EngineError(f"{session.program.name}: the program failed: {raised}")


def _said(text: str) -> str:
    """The `error: ` lines of a CommandError, each with the list that it begins, or its last line."""
    lines = [line.strip().removeprefix("stderr: ") for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    items = [item[1] for item in map(_ITEM.fullmatch, lines) if item and item[1] != "Unknown"]
    errors = [f"{error} {'; '.join(items)}" if error.endswith("errors occurred:") else error for error in errors]
    return "\n".join(errors) or _last_line(text)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("stderr: ").removeprefix("error: ") if lines else "it gave no reason"
