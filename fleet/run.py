"""Runs that change stacks: plan all, tell it, ask once, run wave by wave, say how it ended.

    up, down, refresh    what the commands of these names do
    apply, destroy       the same for stacks that are chosen already
    change               what all of them have in common

They tell what happens to a sink of events (`fleet/events.py`), ask a `Person`, and return how it ended. None prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace

from fleet.context import FleetContext
from fleet.deployed import checkpoint
from fleet.edge import Admission, plan_in_order, select_for_up, with_prerequisites
from fleet.events import LeftBefore, NothingLeft, Person, PlansMade, Sink, WaveBegun, WaveEnded
from fleet.next_steps import after_down, after_up
from fleet.results import RunResult
from fleet.run_progress import Admit, RunProgress, admit, plans_of, waves
from fleet.taken_names import refuse_taken_names
from regionctl.engine import Engine, Plan, Results, RunOptions
from regionctl.engine.runs.request import forgotten
from regionctl.engine.state.checkpoint import Checkpoint
from regionctl.engine.state.notes import Entry, Journal, Reached, drift_of, journal, left, record_drift
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import short_name
from regionctl.model.program import StackKind, StackProgram, Target
from regions.spec import Lifecycle


def noted(results: Results, context: FleetContext, options: RunOptions) -> Results:
    """Keeps what was found for each stack that was read whole, and passes it on."""
    for stack, result in results.items():
        drift = drift_of(result, now=context.services.now()) if isinstance(result, Plan) else None
        if drift and not options.targets:
            record_drift(context.workspace, stack, drift)
    return results


Operation = Callable[[Engine, Sequence[StackProgram]], Results]
Confirm = Callable[[Sequence[Plan]], bool]


class StillActive(RegionctlError):
    """The region takes users: it is not taken down from under them."""

    def __init__(self, stack: str, region: str, drain: str, edge: str) -> None:
        self.stack = stack
        self.region = region
        super().__init__(
            f"{stack} is an active region of a cloud fleet",
            hint=f"run: {drain}, which says what comes next; to take the whole fleet away, first: {edge}",
        )


class ResumeSaysAll(RegionctlError):
    """`--resume` was given with what it says itself."""

    def __init__(self, again: str) -> None:
        super().__init__("--resume takes the stacks that earlier runs left", hint=f"name no others: {again}")


def up(
    context: FleetContext,
    names: Sequence[str],
    options: RunOptions,
    *,
    every: bool = False,
    resume: bool = False,
    skip_probe: str | None = None,
    person: Person,
    emit: Sink,
) -> RunResult:
    """Makes the stacks that are named what their programs declare, or with `resume` those that earlier runs left.

    `skip_probe`: why the origins of regions that the edge would route to are not asked. Raises what choosing the stacks
    raises (`select_for_up`, ResumeSaysAll), NotConfirmed, and what stops the run before anything is changed.
    """
    if resume and not (names := left_undone(context, "up", names, every=every, emit=emit)):
        return RunResult()
    programs = select_for_up(context, names, every=every)
    emit(context.chosen)
    person.must_be_able_to_answer()

    def confirm(plans: Sequence[Plan]) -> bool:
        return person.agrees(f"Apply this to {changing(plans)}?")

    return apply(context, programs, options, confirm=confirm, skip_probe=skip_probe, emit=emit)


def down(
    context: FleetContext,
    names: Sequence[str],
    options: RunOptions,
    *,
    every: bool = False,
    resume: bool = False,
    person: Person,
    emit: Sink,
) -> RunResult:
    """Deletes what the stacks that are named hold, or with `resume` those that earlier runs left.

    Raises what choosing the stacks raises, StillActive, NotConfirmed, and what stops the run before it begins.
    """
    if resume and not (names := left_undone(context, "down", names, every=every, emit=emit)):
        return RunResult()
    programs = context.select(names, every=every)
    emit(context.chosen)
    refuse_active(context, programs)
    person.must_be_able_to_answer()
    return destroy(context, programs, options, person=person, emit=emit)


def refresh(
    context: FleetContext,
    names: Sequence[str],
    options: RunOptions,
    *,
    every: bool = False,
    person: Person,
    emit: Sink,
) -> RunResult:
    """Reads what exists into the state of the stacks that are named."""
    programs = context.select(names, every=every)
    emit(context.chosen)
    person.must_be_able_to_answer()
    with context.engine() as engine:
        return change(
            context,
            engine,
            [programs],
            plan=lambda e, group: noted(e.plan_refresh(group, options), context, options),
            run=lambda e, group: noted(e.refresh(group, options), context, options),
            confirm=lambda plans: person.agrees(f"Write this into the state of {changing(plans)}?"),
            emit=emit,
        )


def drift(
    context: FleetContext, names: Sequence[str], options: RunOptions, *, every: bool = False, emit: Sink
) -> RunResult:
    """What differs between the state of the stacks that are named and what exists. Changes nothing."""
    programs = context.select(names, every=every)
    emit(context.chosen)
    with context.engine(programs) as engine:
        results = noted(engine.plan_refresh(programs, options), context, options)
    plans = plans_of(results, len(programs), emit)
    return RunResult(plans=plans, incomplete=len(plans) < len(programs))


def apply(
    context: FleetContext,
    programs: Sequence[StackProgram],
    options: RunOptions,
    *,
    confirm: Confirm,
    skip_probe: str | None = None,
    emit: Sink,
) -> RunResult:
    """`up` of stacks that are chosen: those that others need come first. `confirm` is asked with the plans."""
    with context.engine() as engine:
        programs = with_prerequisites(context, engine, programs, emit)
        tell_what_was_left(context, "up", programs, emit)

        def plan(engine: Engine, stacks: Sequence[StackProgram]) -> Results:
            on_disk = engine.backend.reads_free
            if on_disk:
                refuse_taken_names(context, stacks)
            results = plan_in_order(context, engine, stacks, options)
            if not on_disk:  # what the stacks hold is known from their plans; to ask before is a call of the CLI each
                refuse_taken_names(context, stacks)
            return results

        ready = Admission(
            context=context, engine=engine, options=options, confirm=confirm, emit=emit, skip_probe=skip_probe
        )
        result = change(
            context,
            engine,
            list(waves(programs)),
            plan=plan,
            run=lambda e, wave: e.apply(wave, options),
            confirm=confirm,
            admitted=ready,
            log=journal(context.workspace, context.fleet_name, "up"),
            emit=emit,
        )
    return replace(result, next_steps=lambda: after_up(context, programs))


def destroy(
    context: FleetContext, programs: Sequence[StackProgram], options: RunOptions, *, person: Person, emit: Sink
) -> RunResult:
    """`down` of stacks that are chosen: those that others need come last."""

    def waits_for(program: StackProgram) -> Set[str]:
        return {other.name for other in programs if program.name in other.needs}

    held: list[StackProgram] = []

    def plan(engine: Engine, stacks: Sequence[StackProgram]) -> Results:
        results = engine.plan_destroy(stacks, options)
        plans = [result for result in results.values() if isinstance(result, Plan)]
        held.extend(context.programs[one.stack] for one in plans if any(step.custom for step in one.changes))
        return results

    tell_what_was_left(context, "down", programs, emit)
    with context.engine() as engine:
        result = change(
            context,
            engine,
            list(waves(programs))[::-1],
            plan=plan,
            run=lambda e, wave: e.destroy(wave, options),
            confirm=lambda plans: _may_destroy(context, plans, unprotect=options.unprotect, person=person),
            admitted=lambda group, progress: admit(group, progress, emit, waits_for),
            log=journal(context.workspace, context.fleet_name, "down"),
            emit=emit,
        )
    return replace(result, next_steps=lambda: after_down(context, programs, held))


def change(
    context: FleetContext,
    engine: Engine,
    groups: Sequence[Sequence[StackProgram]],
    *,
    plan: Operation,
    run: Operation,
    confirm: Confirm,
    admitted: Admit | None = None,
    log: Journal | None = None,
    emit: Sink,
) -> RunResult:
    """Plans all, tells it, asks with `confirm`, and runs group by group, those that are `admitted`.

    Raises the error of a run in which no stack got as far as a plan.
    """
    programs = [program for group in groups for program in group]
    engine.warm(programs)  # for the plan and for what follows
    planned = plans_of(plan(engine, programs), len(programs), emit)
    emit(PlansMade(planned))
    if len(planned) < len(programs) or any(one.error for one in planned):
        return RunResult(plans=planned, incomplete=True)
    every = [program.name for program in programs]
    if not any(one.changes for one in planned):
        _note(log, every, Reached.DONE)
        return RunResult(plans=planned)
    if not confirm(planned):
        return RunResult(plans=planned, declined=True)
    _note(log, every, Reached.PLANNED)
    steps = {one.stack: one.changes for one in planned}
    engine = replace(engine, on_event=emit, leaves=frozenset[str]().union(*map(forgotten, planned)))
    progress = RunProgress()
    for group in groups:
        ready = admitted(group, progress) if admitted else admit(group, progress, emit)
        progress.tried |= {program.name for program in group}
        if ready:
            stacks = [program.name for program in ready]
            _note(log, stacks, Reached.STARTED)
            emit(WaveBegun({stack: steps[stack] for stack in stacks}))
            try:
                results = run(engine, ready)
            finally:
                emit(WaveEnded())
            for stack in stacks:
                _note(log, [stack], _reached(results[stack], progress))
            progress.done += plans_of(results, len(programs), emit)
    result = RunResult(plans=progress.done, incomplete=len(progress.done) < len(programs), refusals=progress.refusals)
    if log and len(programs) > 1 and result.exit_code:
        return replace(result, resume=context.command(log.command, "--resume"))
    return result


def left_by(context: FleetContext, command: str) -> tuple[Entry, ...]:
    """What runs of `up` or `down` left of the fleet's stacks, in the order of those runs; to `up` no closed region."""
    entries = left(context.workspace, context.fleet_name)
    return tuple(entry for entry in entries if entry.command == command and _takes(context, command, entry.stack))


def _takes(context: FleetContext, command: str, stack: str) -> bool:
    if stack not in context.programs:
        return False
    region = context.programs[stack].region
    return not (command == "up" and region and context.fleet.regions[region].lifecycle is Lifecycle.CLOSED)


def left_undone(context: FleetContext, command: str, names: Sequence[str], *, every: bool, emit: Sink) -> list[str]:
    """The stacks that `--resume` stands for; that there are none is told. Raises ResumeSaysAll."""
    if names or every:
        raise ResumeSaysAll(context.command(command, "--resume"))
    stacks = [entry.stack for entry in left_by(context, command)]
    if not stacks:
        emit(context.chosen)
        emit(NothingLeft(command))
    return stacks


def tell_what_was_left(context: FleetContext, command: str, programs: Sequence[StackProgram], emit: Sink) -> None:
    """Of these stacks, before they are planned again. What exists is in their states, whatever the journal says."""
    run = {program.name for program in programs}
    emit(LeftBefore([entry for entry in left_by(context, command) if entry.stack in run]))


def refuse_active(context: FleetContext, programs: Sequence[StackProgram]) -> None:
    """Raises StillActive for the first active region among the programs of a cloud fleet.

    Not once the edge is gone: then nobody is routed there. A state that holds nothing of the region tells nothing of
    the edge either. Raises DamagedState.
    """
    for program in programs:
        region = program.region
        if (
            program.target is not Target.CLOUD
            or not region
            or context.fleet.region(region).lifecycle is not Lifecycle.ACTIVE
        ):
            continue
        if _holds(checkpoint(context, context.one(StackKind.EDGE))) or not _holds(checkpoint(context, program)):
            drain, edge = context.command("drain", region), context.command("down", StackKind.EDGE)
            raise StillActive(program.name, region, drain, edge)


def changing(plans: Sequence[Plan]) -> str:
    """The names of the stacks that something is to change in."""
    return ", ".join(plan.stack for plan in plans if plan.changes)


def _holds(state: Checkpoint) -> bool:
    return bool(state.pending) or any(resource.custom for resource in state.resources)


def _note(log: Journal | None, stacks: Sequence[str], reached: Reached) -> None:
    if log:
        log.note(stacks, reached)


def _reached(result: Plan | RegionctlError, progress: RunProgress) -> Reached:
    if not isinstance(result, Plan) or result.error:
        return Reached.FAILED
    return Reached.INCOMPLETE if result.stack in progress.incomplete else Reached.DONE


def _may_destroy(context: FleetContext, plans: Sequence[Plan], *, unprotect: bool, person: Person) -> bool:
    """A cloud's protected resources go only after the stack's name was typed; a sandbox's with `--yes` too."""
    typed_names = unprotect and (not person.yes or context.fleet.spec.target is Target.CLOUD)
    if not typed_names:
        return person.agrees(f"Delete all of {changing(plans)}?")
    for plan in (plan for plan in plans if plan.changes):
        short = short_name(plan.stack)
        answer = person.types(f"Type {short} to delete it with its protected resources")
        if answer not in {short, plan.stack}:
            return False
    return True
