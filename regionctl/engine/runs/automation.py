"""One run of Pulumi's engine on one stack, by the Automation API with the program inline.

Each `pulumi` call costs a fifth of a second and deriving the passphrase's key as much again, so a run is one call: what
the Automation API would ask for before and after it is known already or comes with the events.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pulumi.automation import CommandError, LocalWorkspace, OutputMap, Stack, UpdateSummary

from regionctl.engine.cli.command import Command
from regionctl.engine.secrets import slots
from regionctl.engine.secrets.fingerprints import Recorder
from regionctl.engine.state import records
from regionctl.engine.state.checkpoint import EMPTY, Checkpoint, NeverApplied
from regionctl.engine.state.disk import OnDisk
from regionctl.engine.state.recovery import Finder, name_pending, settle
from regionctl.engine.state.session import Session
from regionctl.engine.state.state_digest import StateGuard
from regionctl.engine.state.waiting import drop_broken, mend, running, with_lock
from regionctl.model.errors import RegionctlError
from regionctl.model.events import Diagnostic, Event, Op, Severity, Status
from regionctl.model.plan import Kind, Plan
from regionctl.model.program import StackProgram
from regionctl.sdk import lean, loading, quicker_imports, settling
from regionctl.sdk.ports import guarded
from regionctl.system.callers import OnlyOwnUser

from .apart import copied
from .event_collector import Collector
from .failures import Patience, explain, goes_on, with_unfinished
from .protection import ProtectedResources, gate, protected, unprotected
from .request import Expected, Run, without_forgotten

_LOOK_S = 0.2  # how often a run that waits looks whether it was interrupted
_PREVIEW_OF = {Kind.UP: Kind.PREVIEW, Kind.DESTROY: Kind.PREVIEW_DESTROY}
_LOOKS = frozenset({Kind.PREVIEW_REFRESH, Kind.REFRESH})
_ENDS = frozenset({Kind.PREVIEW_DESTROY, Kind.DESTROY})


class _Workspace(LocalWorkspace):
    """A workspace that takes the stack as it is: no `stack select`, no settings rewritten."""

    flags: tuple[str, ...] = ()

    def select_stack(self, stack_name: str) -> None:
        """The stack exists and every command names it."""

    def serialize_args_for_op(self, stack_name: str) -> list[str]:
        return list(self.flags)


class _Stack(Stack):
    """A stack that asks the CLI for nothing after a run: outputs and summary come with the events."""

    def outputs(self) -> OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:
        return UpdateSummary("", datetime.now(UTC), "", {}, {}, "succeeded")


def execute(run: Run, emit: Callable[[Event], None], started: Callable[[Command], None]) -> Plan:
    """Runs the engine. `started` gets the command, to interrupt it.

    A run that fails on the way is a Plan with an error. Raises EngineError where it could not start.
    """
    began = time.monotonic()
    quicker_imports()
    if run.load:
        loaded = loading(run.load)
        run = replace(run, program=replace(run.program, run=partial(_run_after, loaded, run.program.run)), load=())
    # The SDK warns of what a run leaves unfinished that failed or was killed; the error says it better.
    warnings.simplefilter("ignore")
    plan = _looked(run, emit, started) if run.kind.dry and run.backend.looks_apart else _executed(run, emit, started)
    return replace(plan, duration_s=time.monotonic() - began)


def _executed(run: Run, emit: Callable[[Event], None], started: Callable[[Command], None]) -> Plan:
    session = _session(run)
    started(session.command)

    def heard(event: Event) -> None:
        session.command.note_lock()
        emit(event)

    collector = Collector(run.program.name, dry=run.kind.dry, emit=heard)
    with _alone(session, run, collector):
        plan = _attempt(session, run, collector)
        if collector.unfinished and run.find is not None and run.expected is None:
            again = Collector(run.program.name, dry=False, emit=heard)
            plan = _taken_up(session, run, plan, again, run.find)
    return plan


def _looked(run: Run, emit: Callable[[Event], None], started: Callable[[Command], None]) -> Plan:
    """A plan on a state in a bucket, which nothing is written into."""
    stack, runs = run.program.name, run.kind is Kind.PREVIEW
    said: tuple[Diagnostic, ...] = ()
    if not run.absent & ({stack, *run.program.needs} if runs else {stack}):
        try:
            plan = _executed(run, emit, started)
        except NeverApplied:
            pass
        else:
            if not isinstance(plan.error, NeverApplied):
                return plan
            said = plan.diagnostics
        run = replace(run, absent=run.absent | {stack})
    session = _session(run)
    started(session.command)
    if runs and stack not in run.absent:  # secrets that its config has lost are known to the bucket alone
        made_up = slots.ensure(session, replace_lost=run.options.replace_lost_secrets)
        said = (*said, *_made_up(run.program, made_up))
    with copied(session, run.absent, runs=runs) as workspace:
        plan = _executed(replace(run, backend=OnDisk(workspace=workspace)), emit, started)
    return replace(plan, diagnostics=(*said, *plan.diagnostics), is_new=stack in run.absent)


def _session(run: Run) -> Session:
    return Session(run.program, run.backend, run.cli, run.providers, looks=run.kind.dry)


def _run_after(loaded: Callable[[], None], declare: Callable[[], None]) -> None:
    loaded()
    declare()


def _attempt(session: Session, run: Run, collector: Collector) -> Plan:
    before = EMPTY
    error: RegionctlError | None = None
    guard = _guard(session, run)
    recorder = Recorder(run.options.fingerprint_key or b"")
    try:
        if guard:
            guard.check()
        before = _prepare(session, run, collector)
        if _settles(run, before):
            run = replace(run, options=replace(run.options, refresh=True))
        if run.kind is Kind.DESTROY and run.options.unprotect:
            _unprotect(session, run, collector, before)
        if guard and run.expected:
            _start_exactly(session, run, collector, guard, run.expected)
        elif run.options.fingerprint_key:
            _start(session, replace(run, program=recorder.watch(run.program)), collector)
        else:
            _start_patiently(session, run, collector)
    except CommandError as failure:
        before = _failed_on(session, collector, before)
        error = (guard and guard.refusal) or explain(session, failure, collector, before)
    plan = _plan(run, collector, recorder)
    steps = plan.steps if error is None else with_unfinished(run, collector, before)
    return replace(plan, steps=steps, error=error or _refusal(run, collector))


def _taken_up(session: Session, run: Run, first: Plan, collector: Collector, find: Finder) -> Plan:
    """The engine said that a kill left something unfinished, in a state that was not read before: what is still so is
    settled, and the run is made again. What the first attempt did counts too.
    """
    left = records.state(session).pending
    if not left:
        return first
    collector.say(name_pending(run.program, left, settled=True))
    with_lock(session, run.options.lock_timeout_s, collector.say, lambda: settle(session, left, find))
    again = _attempt(session, replace(run, options=replace(run.options, refresh=True)), collector)
    done = {step.urn: step for step in first.steps if step.status is Status.DONE and step.op is not Op.SAME}
    steps = tuple(done.get(step.urn, step) if step.op is Op.SAME else step for step in again.steps)
    said = tuple(one for one in first.diagnostics if one.severity is not Severity.ERROR)
    return replace(again, steps=steps, diagnostics=(*said, *again.diagnostics))


def _plan(run: Run, collector: Collector, recorder: Recorder) -> Plan:
    return Plan(
        stack=run.program.name,
        fleet=run.program.fleet,
        region=run.program.region,
        target=str(run.program.target),
        kind=run.kind,
        steps=without_forgotten(collector.steps) if run.kind.dry else collector.steps,
        outputs=collector.outputs,
        held=collector.held,
        diagnostics=tuple(collector.diagnostics),
        fingerprints=recorder.seen,
    )


def _guard(session: Session, run: Run) -> StateGuard | None:
    if run.expected is None:
        return None
    assert not run.options.refresh, "an exact run does not refresh"
    return StateGuard(session, run.expected.state)


@contextlib.contextmanager
def _alone(session: Session, run: Run, collector: Collector) -> Iterator[None]:
    """Keeps other runs off the stack for the whole of this one. What changes nothing keeps nobody off."""
    if run.kind.dry:
        mend(session, collector.say)
        yield
    else:
        with running(session, run.options.lock_timeout_s, collector.say):
            drop_broken(session)
            yield


def _before(session: Session, run: Run) -> Checkpoint:
    """The state that a run starts from. Reading a remote one is a call of the CLI, so that is left out where the engine
    itself says what a kill left unfinished: where it refreshes, it does not.
    """
    refreshes = not run.kind.dry and (run.options.refresh or run.kind is Kind.REFRESH)
    if session.backend.reads_free or refreshes or run.options.unprotect:
        return records.state(session)
    return EMPTY


def _failed_on(session: Session, collector: Collector, before: Checkpoint) -> Checkpoint:
    """The state that a failure is explained from: a remote one, which was not read before, is read now."""
    if before is not EMPTY or session.backend.reads_free or collector.held is None:
        return before
    try:
        return records.state(session)
    except RegionctlError:
        return EMPTY  # the failure says more


def _prepare(session: Session, run: Run, collector: Collector) -> Checkpoint:
    """What must be so before the engine starts: the stack is there, and what a kill left behind is settled."""
    before = _before(session, run)
    if run.kind in _LOOKS:  # no program runs in those
        session.ensure_stack()
    else:
        replace_lost = run.options.replace_lost_secrets or run.kind in _ENDS
        collector.say(_made_up(run.program, slots.ensure(session, replace_lost=replace_lost)))
    settles = _settles(run, before)
    if not session.locks.held():  # else another run is at them just now
        collector.say(name_pending(run.program, before.pending, settled=settles))
    if settles and run.find is not None:
        find = run.find
        with_lock(session, run.options.lock_timeout_s, collector.say, lambda: settle(session, before.pending, find))
    if run.options.allow and run.kind in _PREVIEW_OF:
        _gate(session, run)
    return before


def _settles(run: Run, before: Checkpoint) -> bool:
    return bool(before.pending) and not run.kind.dry and run.find is not None


def _gate(session: Session, run: Run) -> None:
    """Some protected resources may go: the others are looked for in a preview, since the engine knows all or none."""
    preview = replace(run, kind=_PREVIEW_OF[run.kind])
    seen = Collector(run.program.name, dry=True, emit=lambda _event: None)
    _start(session, preview, seen)
    gate(run.program.name, seen.steps, run.options)


def _unprotect(session: Session, run: Run, collector: Collector, before: Checkpoint) -> None:
    """Takes the protection off what has one, by an update of those resources alone."""
    targets = protected(before)
    if not targets:
        return
    lift = replace(
        run,
        kind=Kind.UP,
        program=unprotected(run.program),
        options=replace(run.options, targets=targets, refresh=False),
    )
    seen = Collector(run.program.name, dry=False, emit=lambda _event: None)
    try:
        _start(session, lift, seen)
    except CommandError:
        collector.say(seen.diagnostics)
        raise


def _refusal(run: Run, collector: Collector) -> ProtectedResources | None:
    if not run.kind.dry or run.kind is Kind.PREVIEW_REFRESH:  # what a refresh would delete from the state is gone
        return None
    try:
        gate(run.program.name, collector.steps, run.options)
    except ProtectedResources as refusal:
        return refusal
    return None


def _start(session: Session, run: Run, collector: Collector) -> None:
    stack = _automation(session, run)
    with lean(), guarded(OnlyOwnUser):
        call = partial(session.on_stack, partial(_call, stack, run, collector))
        if run.kind.dry:
            call()
        else:
            with_lock(session, run.options.lock_timeout_s, collector.say, call)


def _start_patiently(
    session: Session, run: Run, collector: Collector, failed: Callable[[], None] = lambda: None
) -> None:
    """Runs an update again while Google refuses what it has only just allowed. `failed` is called between two tries."""
    patience = Patience(run.program.target)
    while True:
        try:
            _start(session, run, collector)
        except CommandError:
            steps = collector.steps
            pause_s = patience.pause_s(collector.diagnostics, steps) if run.kind is Kind.UP else None
            if pause_s is None or session.command.interrupted:
                raise
            refused = sorted(step.name for step in steps if step.status is Status.FAILED)
            collector.say([goes_on(run.program.name, refused, pause_s)])
            if not _waited(session, pause_s):
                raise
            failed()
            collector.try_again()
            run = replace(run, options=replace(run.options, refresh=False))
        else:
            return


def _waited(session: Session, seconds: float) -> bool:
    """Waits. False where somebody interrupted it."""
    until = time.monotonic() + seconds
    while not session.command.interrupted and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _LOOK_S))
    return not session.command.interrupted


def _start_exactly(session: Session, run: Run, collector: Collector, guard: StateGuard, expected: Expected) -> None:
    """Plans again, has the steps checked, and applies them bound by that plan and by the state."""
    with tempfile.TemporaryDirectory(prefix="regionctl-") as folder:
        file = Path(folder) / "update-plan.json"
        expected.check(_preview(session, run, collector, file))
        bound = replace(run, program=guard.watch(run.program), update_plan=file)
        _start_patiently(session, bound, collector, failed=guard.follow)


def _preview(session: Session, run: Run, collector: Collector, file: Path) -> Plan:
    recorder = Recorder(run.options.fingerprint_key or b"")
    seen = Collector(run.program.name, dry=True, emit=lambda _event: None)
    preview = replace(run, kind=Kind.PREVIEW, program=recorder.watch(run.program), update_plan=file)
    try:
        _start(session, preview, seen)
    except CommandError:
        collector.say(seen.diagnostics)
        raise
    return _plan(preview, seen, recorder)


def _automation(session: Session, run: Run) -> Stack:
    workspace = _Workspace(
        work_dir=str(session.workspace.project_dir),
        program=settling(run.program.run),
        env_vars=session.environment,
        pulumi_command=session.command,
    )
    ends = run.kind in {*_PREVIEW_OF, *_PREVIEW_OF.values()}
    if ends and (run.kind.dry or run.options.allow or run.options.unprotect):
        # A preview shows what it would end; `gate` then decides.
        workspace.flags = ("--ignore-protect",)
    stack = Stack.select(run.program.name, workspace)
    stack.__class__ = _Stack  # `select` makes a Stack whatever it is called on, and the constructor's mode is private
    return stack


def _call(stack: Stack, run: Run, collector: Collector) -> None:
    leaves = run.options.leaves if run.kind in {Kind.UP, Kind.REFRESH} else frozenset[str]()
    targets = [urn for urn in run.options.targets if urn not in leaves] or list(run.options.targets)
    options: dict[str, Any] = {
        "target": targets or None,
        "parallel": run.options.parallel,
        "message": run.options.message,
        "on_event": collector,
        "suppress_outputs": True,
        "suppress_progress": True,
    }
    more: dict[str, Any] = {"continue_on_error": run.options.continue_on_error, "refresh": run.options.refresh}
    exclude = None if targets else sorted(leaves) or None  # the CLI takes one of the two
    plan = str(run.update_plan) if run.update_plan else None
    packs = [str(Path(pack).resolve()) for pack in run.options.policy_packs] or None  # the engine runs elsewhere
    match run.kind:
        case Kind.PREVIEW:
            stack.preview(**options, refresh=run.options.refresh, plan=plan, policy_packs=packs)
        case Kind.UP:
            stack.up(**options, **more, exclude=exclude, plan=plan, policy_packs=packs)
        case Kind.PREVIEW_DESTROY:
            stack.preview_destroy(**options, **more)
        case Kind.DESTROY:
            stack.destroy(**options, **more)
        case Kind.PREVIEW_REFRESH:
            stack.preview_refresh(**options)
        case Kind.REFRESH:
            stack.refresh(**options, exclude=exclude)


def _made_up(program: StackProgram, keys: Iterable[str]) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(
            stack=program.name,
            severity=Severity.INFO,
            message=f"the secret {key!r} was not provided; the sandbox made one up"
            f" (`{program.command('secrets', 'set')} {key}` sets it)",
        )
        for key in keys
    )
