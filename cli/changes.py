"""The commands that change stacks, in their common form: plan, show, ask, run wave by wave, say how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace

import typer

from cli.context import Context
from cli.drift import noted
from cli.render.console import note
from cli.render.plan import print_plan
from cli.render.progress import Progress
from cli.results import finish, plans_of
from cli.waves import waves
from regionctl.engine import Engine, Plan, Results, RunOptions
from regionctl.program import StackProgram, Target

Operation = Callable[[Engine, Sequence[StackProgram]], Results]
WaitsFor = Callable[[StackProgram], Set[str]]


def _needs(program: StackProgram) -> Set[str]:
    return set(program.needs)


def apply(context: Context, programs: Sequence[StackProgram], options: RunOptions, *, yes: bool) -> None:
    """`up`: makes the stacks what their programs declare, those that others need first."""
    with context.engine() as engine:
        programs = context.with_prerequisites(engine, programs)
        change(
            context,
            engine,
            list(waves(programs)),
            plan=lambda e, wave: e.plan(wave, options),
            run=lambda e, wave: e.apply(wave, options),
            confirm=lambda plans: yes or typer.confirm(f"Apply this to {names(plans)}?", err=True),
        )
    _say_what_next(context, programs[-1])


def _say_what_next(context: Context, program: StackProgram) -> None:
    if context.quiet or context.json:
        return
    name = program.name.partition(".")[2]
    file = context.fleet.file(program.region)
    note(f"Next: edit {file} and run `{context.command(f'diff {name}')}`; `{context.command(f'drift {name}')}` finds")
    note(f"what others changed; `{context.command(f'outputs {name}')}` shows the outputs again.")


def destroy(context: Context, programs: Sequence[StackProgram], options: RunOptions, *, yes: bool) -> None:
    """`down`: deletes what the stacks hold, those that others need last."""
    with context.engine() as engine:
        change(
            context,
            engine,
            list(waves(programs))[::-1],
            plan=lambda e, wave: e.plan_destroy(wave, options),
            run=lambda e, wave: e.destroy(wave, options),
            confirm=lambda plans: _may_destroy(context, plans, unprotect=options.unprotect, yes=yes),
            waits_for=lambda program: {other.name for other in programs if program.name in other.needs},
        )


def read(context: Context, programs: Sequence[StackProgram], options: RunOptions, *, yes: bool) -> None:
    """`refresh`: reads what exists into the state."""
    with context.engine() as engine:
        change(
            context,
            engine,
            [programs],
            plan=lambda e, group: noted(e.plan_refresh(group, options), context, options),
            run=lambda e, group: noted(e.refresh(group, options), context, options),
            confirm=lambda plans: yes or typer.confirm(f"Write this into the state of {names(plans)}?", err=True),
        )


def change(
    context: Context,
    engine: Engine,
    groups: Sequence[Sequence[StackProgram]],
    *,
    plan: Operation,
    run: Operation,
    confirm: Callable[[Sequence[Plan]], bool],
    waits_for: WaitsFor = _needs,
) -> None:
    """Plans all, shows it, asks with `confirm`, and runs group by group."""
    programs = [program for group in groups for program in group]
    engine.warm(programs)  # for the plan and for what follows
    planned = plans_of(plan(engine, programs), len(programs))
    if not context.json:
        for one in planned:
            print_plan(one, verbose=context.verbose)
    if len(planned) < len(programs) or any(one.error for one in planned):
        finish(context, planned)
        raise typer.Exit(1)
    if not any(one.changes for one in planned):
        finish(context, planned)
        return
    if not confirm(planned):
        note("nothing was changed")
        raise typer.Exit(1)
    steps = {one.stack: one.changes for one in planned}
    done: list[Plan] = []
    tried: set[str] = set()
    for group in groups:
        ready = _ready(group, tried, done, waits_for)
        tried |= {program.name for program in group}
        if ready:
            with Progress({program.name: steps[program.name] for program in ready}) as progress:
                results = run(replace(engine, on_event=progress), ready)
            done += plans_of(results, len(programs))
    finish(context, done, incomplete=len(done) < len(programs))


def _ready(
    group: Sequence[StackProgram], tried: Set[str], done: Sequence[Plan], waits_for: WaitsFor
) -> list[StackProgram]:
    """Those that wait for nothing that failed in this run; the others are named and not tried."""
    failed = tried - {plan.stack for plan in done if not plan.error}
    ready = []
    for program in group:
        broken = sorted(failed & waits_for(program))
        if broken:
            note(f"{program.name}: not tried, because {', '.join(broken)} failed")
        else:
            ready.append(program)
    return ready


def _may_destroy(context: Context, plans: Sequence[Plan], *, unprotect: bool, yes: bool) -> bool:
    """A cloud's protected resources go only after the stack's name was typed; a sandbox's with `--yes` too."""
    typed_names = unprotect and (not yes or context.fleet.spec.target is Target.CLOUD)
    if not typed_names:
        return yes or typer.confirm(f"Delete all of {names(plans)}?", err=True)
    for plan in plans:
        short = plan.stack.partition(".")[2]
        answer = typer.prompt(f"Type {short} to delete it with its protected resources", err=True, default="")
        if answer not in {short, plan.stack}:
            return False
    return True


def names(plans: Sequence[Plan]) -> str:
    """Of the stacks that something is to change in."""
    return ", ".join(plan.stack for plan in plans if plan.changes)
