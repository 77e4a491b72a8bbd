"""Explains a run that failed: one clear error, and the steps that the run did not come to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pulumi.automation import CommandError

from regionctl.engine.cli.command import said
from regionctl.engine.state.checkpoint import Checkpoint, StateResource
from regionctl.engine.state.failures import RunFailed, of_command
from regionctl.engine.state.session import Session
from regionctl.model.errors import EngineError, RegionctlError
from regionctl.model.events import Diagnostic, Op, Severity, Status, Step
from regionctl.model.hints import stack_command
from regionctl.model.plan import Kind
from regionctl.model.urn import is_stack, name_of
from regionctl.render import ProgramFailed, Resource, render

from .delays import ADDRESSES_ARE_HELD, GO_ON_LATER, keeps_addresses, refused_for_now
from .event_collector import Collector
from .protection import ProtectedResources
from .request import Run

_PROTECTED = re.compile(r"marked for protection|because it is protected|cannot be deleted\s+because it is protected")

# InstallPluginError in pkg/workspace/plugin.go, MissingError in sdk/go/common/workspace/plugins.go of pulumi v3.259.0
_NO_PLUGIN = re.compile(r"resource plugin 'pulumi-resource-(?P<name>[\w-]+)'.*? version v(?P<version>[\w.+-]+)")

# GetStackOutputs in pkg/backend/backend.go of pulumi v3.259.0
_UNKNOWN_STACK = re.compile(r'unknown stack "(?:[^"/]*/)*(?P<stack>[^"/]+)"')


def explain(session: Session, failure: CommandError, collector: Collector, before: Checkpoint) -> RegionctlError:
    """The error for a command that failed, from what was seen of it and what it wrote."""
    if could_not := of_command(session, failure):
        return could_not
    program, text = session.program, str(failure)
    errors = [d for d in collector.diagnostics if d.severity is Severity.ERROR]
    if protected := _protected({d.urn for d in errors if _PROTECTED.search(d.message)}, collector, before):
        return ProtectedResources(program.name, protected)
    failed = tuple(dict.fromkeys([s.urn for s in collector.steps if s.status is Status.FAILED] + _urns(errors)))
    if collector.program_error and not failed:  # a program may stumble over what a failed resource did not give
        return _program_failed(session, collector.program_error)
    what = "\n".join(dict.fromkeys(_message(d.urn, d.message) for d in errors)) or said(text)
    return RunFailed(program.name, what, failed, hint=_way_on(session, errors, collector) if failed else None)


def _way_on(session: Session, errors: Sequence[Diagnostic], collector: Collector) -> str:
    if lacking := next(filter(None, (_NO_PLUGIN.search(error.message) for error in errors)), None):
        install = f"{session.command.command} plugin install resource {lacking['name']} {lacking['version']}"
        return f"let this machine download it, or install it: {install}"
    if unknown := next(filter(None, (_UNKNOWN_STACK.search(error.message) for error in errors)), None):
        return f"bring it up first: {stack_command(unknown['stack'], 'up')}"
    if keeps_addresses(errors):
        return ADDRESSES_ARE_HELD
    if refused_for_now(errors, collector.steps):
        return GO_ON_LATER
    return "mend it and run the same command again: it goes on from what exists"


def _urns(errors: list[Diagnostic]) -> list[str]:
    return [d.urn for d in errors if d.urn and not is_stack(d.urn)]


def _message(urn: str | None, message: str) -> str:
    return f"{name_of(urn)}: {message}" if urn and not is_stack(urn) else message


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


def with_unfinished(run: Run, collector: Collector, before: Checkpoint) -> tuple[Step, ...]:
    """The steps, and one for each declared resource that has none: failed where a message says so, else skipped."""
    if run.kind is not Kind.UP or run.options.targets:
        return collector.steps
    try:
        declared = render(run.program).resources.values()
    except RegionctlError:
        return collector.steps
    seen = {step.urn for step in collector.steps}
    refused = {d.urn for d in collector.diagnostics if d.severity is Severity.ERROR}
    existing = {resource.urn for resource in before.resources}
    unseen = (r for r in declared if r.urn not in seen)
    return (*collector.steps, *(_step(r, existing=r.urn in existing, failed=r.urn in refused) for r in unseen))


def _step(resource: Resource, *, existing: bool, failed: bool) -> Step:
    return Step(
        op=Op.UPDATE if existing else Op.CREATE,
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        parent=resource.parent,
        custom=resource.custom,
        protect=bool(resource.options.protect),
        status=Status.FAILED if failed else Status.SKIPPED,
    )
