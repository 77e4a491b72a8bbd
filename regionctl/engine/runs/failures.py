"""Explains a run that failed, and recognises the refusals of a cloud that pass by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pulumi.automation import CommandError

from regionctl.engine.cli.command import said
from regionctl.engine.state.checkpoint import Checkpoint, StateResource
from regionctl.engine.state.failures import RunFailed, of_command
from regionctl.engine.state.session import Session
from regionctl.model.errors import EngineError, RegionctlError
from regionctl.model.events import Diagnostic, Op, Severity, Status, Step
from regionctl.model.hints import stack_command
from regionctl.model.plan import Kind
from regionctl.model.program import Target
from regionctl.model.urn import is_stack, name_of
from regionctl.render import ProgramFailed, Resource, render

from .event_collector import Collector
from .protection import ProtectedResources
from .request import Run

# A grant is not known to every server at once: mostly within two minutes, at times after seven or more
# (https://cloud.google.com/iam/docs/access-change-propagation). The same holds for an API that was just enabled, a new
# service account, and an organisation policy, which may take fifteen minutes. Most types of the gcp provider give up at
# the first refusal (https://github.com/hashicorp/terraform-provider-google/issues/10310), so that the first update of a
# new project would fail. docs/adr/grants-that-take-a-while.md says why the update goes on, instead of waiting before.

# Between two tries that brought nothing; a try that made something begins them again. Sixteen minutes together.
PAUSES_S = (15.0, 30.0, *(60.0,) * 15)

_MADE = frozenset({Op.CREATE, Op.CREATE_REPLACEMENT, Op.UPDATE})
# What others hear of late: grants, APIs, accounts, policies, and the project itself, whose maker becomes its owner.
_HEARD_OF_LATE = re.compile(
    r".*I[aA][mM](Member|Binding|Policy)|gcp:projects/service(Identity)?:.*|gcp:serviceaccount/account:.*"
    r"|gcp:orgpolicy/policy:.*|gcp:organizations/project:.*"
)
_DENIED = re.compile(r"permission|denied|forbidden|not authorized", re.IGNORECASE)
_ON_A_KEY_OR_BY_AN_AGENT = re.compile(r"\bkms\b|cloudkms|cryptokey|service-\d+@[\w-]+\.", re.IGNORECASE)
_NOT_YET = re.compile(
    r"service account \S+ does not exist"
    # https://cloud.google.com/apis/docs/troubleshooting: "If you enabled this API recently, wait a few minutes".
    r"|has not been used in project|SERVICE_DISABLED"
    # Domain restricted sharing: the provider takes the refusal for a conflict (terraform-provider-google#2904).
    r"|permitted customer|too many concurrent policy changes",
    re.IGNORECASE,
)
_HELD_ADDRESSES = re.compile(r"serverless-ipv[46]-")

GO_ON_LATER = (
    "Google may need some minutes more until every server knows the new grants: run the same command again;"
    " it goes on from what exists"
)
# https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#delete-subnet
ADDRESSES_ARE_HELD = (
    "Cloud Run keeps addresses of a subnet for an hour or two after what used them is gone, and nothing frees them"
    " sooner: run the same command again then; it goes on from what is left"
)


def refused_for_now(errors: Iterable[Diagnostic], steps: Iterable[Step]) -> bool:
    """Whether every resource that failed was refused something that a step of this run has only just allowed."""
    failed = [error.message for error in errors if _is_about_a_resource(error)]
    made_late = any(
        step.status is Status.DONE and step.op in _MADE and _HEARD_OF_LATE.fullmatch(step.type) for step in steps
    )
    return bool(failed) and made_late and all(map(_passes, failed))


def keeps_addresses(errors: Iterable[Diagnostic]) -> bool:
    """Whether a subnet could not go since Cloud Run still holds addresses in it."""
    return any(_HELD_ADDRESSES.search(error.message) for error in errors)


class Patience:
    """How long one update goes on. In a sandbox no time passes between two tries, since none needs to."""

    def __init__(self, target: Target) -> None:
        self._scale = 1.0 if target is Target.CLOUD else 0.0
        self._made = 0
        self._fruitless = 0

    def pause_s(self, diagnostics: Iterable[Diagnostic], steps: Sequence[Step]) -> float | None:
        """How long to wait after a try that failed, before the next one. None: another one would not help."""
        made = sum(step.status is Status.DONE and step.op in _MADE for step in steps)
        self._fruitless = 0 if made > self._made else self._fruitless + 1
        self._made = made
        errors = [said for said in diagnostics if said.severity is Severity.ERROR]
        if self._fruitless >= len(PAUSES_S) or not refused_for_now(errors, steps):
            return None
        return PAUSES_S[self._fruitless] * self._scale


def goes_on(stack: str, refused: Sequence[str], pause_s: float) -> Diagnostic:
    """Says that the update goes on by itself, and when."""
    when = f"in {pause_s:.0f} s; ^C stops here, and the same command goes on later" if pause_s else "at once"
    return Diagnostic(
        stack=stack,
        severity=Severity.WARNING,
        message=f"{', '.join(refused)}: not every server of Google's knows the new grants yet, which takes some minutes"
        f" at a first update. It is tried again {when}",
    )


def _is_about_a_resource(error: Diagnostic) -> bool:
    return bool(error.urn) and "pulumi:pulumi:Stack" not in str(error.urn)


def _passes(message: str) -> bool:
    return bool(_NOT_YET.search(message) or (_DENIED.search(message) and _ON_A_KEY_OR_BY_AN_AGENT.search(message)))


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
