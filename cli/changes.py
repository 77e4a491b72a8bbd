"""The commands that change stacks, in their common form: plan, show, ask, run wave by wave, say how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from functools import partial

import typer

from cli.asking import confirmed, typed
from cli.context import Context
from cli.course import Admit, Course, admit
from cli.edge import Admission, plan_in_order
from cli.following import say_what_next_after_down
from cli.results import Report, plans_of
from cli.resume import say_what_was_left
from cli.views.console import note, warn
from cli.views.progress import Progress
from fleet.drift import noted
from fleet.taken_names import refuse_taken_names
from fleet.waves import waves
from regionctl.engine import Engine, Plan, Results, RunOptions
from regionctl.engine.runs.request import forgotten
from regionctl.engine.state.notes import Journal, Reached, journal
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram, Target

Operation = Callable[[Engine, Sequence[StackProgram]], Results]
Confirm = Callable[[Sequence[Plan]], bool]


def apply(
    context: Context,
    programs: Sequence[StackProgram],
    options: RunOptions,
    *,
    yes: bool,
    skip_probe: str | None = None,
    confirm: Confirm | None = None,
    report: Report | None = None,
) -> None:
    """`up`: makes the stacks what their programs declare, those that others need first.

    `skip_probe`: why the origins of regions that the edge would route to are not asked. `confirm` asks in another way.
    """

    def ask(plans: Sequence[Plan]) -> bool:
        return yes or confirmed(f"Apply this to {names(plans)}?")

    confirm, report = confirm or ask, report or Report(context)

    with context.engine() as engine:
        programs = context.with_prerequisites(engine, programs)
        say_what_was_left(context, "up", programs)

        def plan(engine: Engine, stacks: Sequence[StackProgram]) -> Results:
            on_disk = context.workspace.state_dir is not None
            if on_disk:
                refuse_taken_names(context, stacks)
            results = plan_in_order(context, engine, stacks, options)
            if not on_disk:  # what the stacks hold is known from their plans; to ask before is a call of the CLI each
                refuse_taken_names(context, stacks)
            return results

        change(
            context,
            engine,
            list(waves(programs)),
            plan=plan,
            run=lambda e, wave: e.apply(wave, options),
            confirm=confirm,
            admitted=Admission(context=context, engine=engine, options=options, confirm=confirm, skip_probe=skip_probe),
            log=journal(context.workspace, context.fleet_name, "up"),
            report=report,
        )
    report.following(programs)


def destroy(context: Context, programs: Sequence[StackProgram], options: RunOptions, *, yes: bool) -> None:
    """`down`: deletes what the stacks hold, those that others need last."""

    def waits_for(program: StackProgram) -> Set[str]:
        return {other.name for other in programs if program.name in other.needs}

    held: list[StackProgram] = []

    def plan(engine: Engine, stacks: Sequence[StackProgram]) -> Results:
        results = engine.plan_destroy(stacks, options)
        plans = [result for result in results.values() if isinstance(result, Plan)]
        held.extend(context.programs[one.stack] for one in plans if any(step.custom for step in one.changes))
        return results

    say_what_was_left(context, "down", programs)
    with context.engine() as engine:
        change(
            context,
            engine,
            list(waves(programs))[::-1],
            plan=plan,
            run=lambda e, wave: e.destroy(wave, options),
            confirm=lambda plans: _may_destroy(context, plans, unprotect=options.unprotect, yes=yes),
            admitted=partial(admit, waits_for=waits_for),
            log=journal(context.workspace, context.fleet_name, "down"),
        )
    say_what_next_after_down(context, programs, held)


def read(context: Context, programs: Sequence[StackProgram], options: RunOptions, *, yes: bool) -> None:
    """`refresh`: reads what exists into the state."""
    with context.engine() as engine:
        change(
            context,
            engine,
            [programs],
            plan=lambda e, group: noted(e.plan_refresh(group, options), context, options),
            run=lambda e, group: noted(e.refresh(group, options), context, options),
            confirm=lambda plans: yes or confirmed(f"Write this into the state of {names(plans)}?"),
        )


def change(
    context: Context,
    engine: Engine,
    groups: Sequence[Sequence[StackProgram]],
    *,
    plan: Operation,
    run: Operation,
    confirm: Confirm,
    admitted: Admit = admit,
    log: Journal | None = None,
    report: Report | None = None,
) -> None:
    """Plans all, shows it, asks with `confirm`, and runs group by group, those that are `admitted`."""
    programs = [program for group in groups for program in group]
    engine.warm(programs)  # for the plan and for what follows
    planned = plans_of(plan(engine, programs), len(programs))
    report = report or Report(context)
    report.planned(planned)
    if len(planned) < len(programs) or any(one.error for one in planned):
        report.finished(planned)
        raise typer.Exit(1)
    every = [program.name for program in programs]
    if not any(one.changes for one in planned):
        _note(log, every, Reached.DONE)
        report.finished(planned)
        return
    if not confirm(planned):
        note("nothing was changed")
        raise typer.Exit(1)
    _note(log, every, Reached.PLANNED)
    steps = {one.stack: one.changes for one in planned}
    leaves = frozenset[str]().union(*map(forgotten, planned))
    course = Course()
    for group in groups:
        ready = admitted(group, course)
        course.tried |= {program.name for program in group}
        if ready:
            stacks = [program.name for program in ready]
            _note(log, stacks, Reached.STARTED)
            with Progress({stack: steps[stack] for stack in stacks}) as progress:
                results = run(replace(engine, on_event=progress, leaves=leaves), ready)
            for stack in stacks:
                _note(log, [stack], _reached(results[stack], course))
            course.done += plans_of(results, len(programs))
    try:
        report.finished(course.done, incomplete=len(course.done) < len(programs), refusals=course.refusals)
    except typer.Exit:
        if log and len(programs) > 1:
            warn(f"what is left goes on with: {context.command(log.command, '--resume')}")
        raise


def _note(log: Journal | None, stacks: Sequence[str], reached: Reached) -> None:
    if log:
        log.note(stacks, reached)


def _reached(result: Plan | RegionctlError, course: Course) -> Reached:
    if not isinstance(result, Plan) or result.error:
        return Reached.FAILED
    return Reached.INCOMPLETE if result.stack in course.incomplete else Reached.DONE


def _may_destroy(context: Context, plans: Sequence[Plan], *, unprotect: bool, yes: bool) -> bool:
    """A cloud's protected resources go only after the stack's name was typed; a sandbox's with `--yes` too."""
    typed_names = unprotect and (not yes or context.fleet.spec.target is Target.CLOUD)
    if not typed_names:
        return yes or confirmed(f"Delete all of {names(plans)}?")
    for plan in (plan for plan in plans if plan.changes):
        short = plan.stack.partition(".")[2]
        answer = typed(f"Type {short} to delete it with its protected resources")
        if answer not in {short, plan.stack}:
            return False
    return True


def names(plans: Sequence[Plan]) -> str:
    """Of the stacks that something is to change in."""
    return ", ".join(plan.stack for plan in plans if plan.changes)
