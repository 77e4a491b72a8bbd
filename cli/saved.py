"""`diff --out` and `up --plan`: a plan is saved, and applied later exactly as it is or not at all."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import typer

from cli.changes import change, names
from cli.context import Context
from cli.edge import Admission
from cli.render.console import note
from cli.sources import source_files, tool_versions
from cli.waves import waves
from regionctl.engine import Engine, Expected, Plan, Results, RunOptions, StateMark, find
from regionctl.engine.authors import whoami
from regionctl.engine.journal import journal
from regionctl.errors import RegionctlError
from regionctl.program import StackProgram
from regionctl.savedplan import (
    KEY_BYTES,
    NotSaved,
    Now,
    OtherPlace,
    PlanMoved,
    SavedOptions,
    SavedPlan,
    SavedStack,
    WrappedKey,
    check,
    check_place,
    compare,
    digests,
    fingerprint_key,
    of_plan,
    read,
    sealed,
    verify,
    write,
)
from regionctl.savedplan.moved import expired
from regionctl.savedplan.store import check_writable

_EXPIRES = re.compile(r"([1-9]\d{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class NotATime(RegionctlError):
    """`--expires` is no length of time."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"--expires {text}: no length of time", hint="write a number and a unit: 90m, 24h, 7d")


class PlanSaysAll(RegionctlError):
    """`--plan` was given with what the plan says itself."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        super().__init__("--plan says which stacks and how", hint=f"leave out {', '.join(words)}")


class RefreshFirst(RegionctlError):
    """`--out` was given with `--refresh`."""

    def __init__(self, command: str) -> None:
        super().__init__(
            "a saved plan is made on the state as it is, so --out goes without --refresh", hint=f"first run: {command}"
        )


def time_span(text: str) -> timedelta:
    """`90m`, `24h`, `7d`. Raises NotATime."""
    found = _EXPIRES.fullmatch(text)
    if found is None:
        raise NotATime(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@dataclass
class Saving:
    """A plan on its way into a file."""

    context: Context
    path: Path
    holds_for: timedelta
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(KEY_BYTES))
    _marks: Mapping[str, StateMark] = field(default_factory=dict)
    _wrapped: WrappedKey | None = None
    _files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_writable(self.path)

    def prepare(
        self, engine: Engine, programs: Sequence[StackProgram], options: RunOptions
    ) -> tuple[list[StackProgram], RunOptions]:
        """What is to be planned, and how: with the stacks that `up` would apply first.

        Raises NotSaved, RefreshFirst.
        """
        if options.refresh:
            raise RefreshFirst(self.context.command("refresh", *(short(program.name) for program in programs)))
        programs = self.context.with_prerequisites(engine, programs)
        for program in programs:
            if pending := engine.state(program).pending:
                raise NotSaved(
                    f"{program.name}: {pending[0]} was never finished, so that a plan would not hold",
                    hint=f"settle it first: {self.context.command(f'refresh {short(program.name)}')}",
                )
        self._files = digests(source_files(self.context))
        self._wrapped = WrappedKey(stack=programs[0].name, wrapped=engine.wrap_key(programs[0], self._key))
        self._marks = _marks(engine, programs)
        return programs, replace(options, fingerprint_key=fingerprint_key(self._key))

    def finish(
        self, engine: Engine, programs: Sequence[StackProgram], plans: Sequence[Plan], options: RunOptions
    ) -> None:
        """Writes the file. Raises NotSaved where a stack has no plan, or a state moved while it was planned."""
        assert self._wrapped, "prepare comes first"
        if len(plans) < len(programs) or any(plan.error for plan in plans):
            raise NotSaved("not every stack has a plan that can be applied", where=str(self.path))
        if _marks(engine, programs) != self._marks:
            raise NotSaved("a stack was changed while it was planned", where=str(self.path), hint="run it again")
        made = datetime.now(UTC).replace(microsecond=0)
        plan = SavedPlan(
            fleet=self.context.fleet_name,
            target=str(self.context.fleet.spec.target),
            backend=self.context.workspace.backend_url,
            made=made,
            made_by=whoami(),
            expires=made + self.holds_for,
            options=SavedOptions(targets=options.targets, allow=tuple(sorted(options.allow))),
            tools=tool_versions(find()),
            files=self._files,
            stacks=tuple(of_plan(plan, self._marks[plan.stack]) for plan in plans),
            key=self._wrapped,
        )
        write(self.path, sealed(plan, self._key))
        note(f"saved in {self.path}, until {plan.expires:%Y-%m-%d %H:%M %Z}; apply it with")
        note(f"  {self.context.command(f'up --plan {self.path}')}")


def apply_saved(context: Context, path: Path, options: RunOptions, *, yes: bool, skip_probe: str | None = None) -> None:
    """`up --plan`: applies exactly the plan in the file. Raises SavedPlanError before anything is touched."""

    def confirm(plans: Sequence[Plan]) -> bool:
        return _confirmed(context, saved, path, plans, yes=yes)

    saved = read(path)
    check_place(
        saved,
        str(path),
        fleet=context.fleet_name,
        target=str(context.fleet.spec.target),
        backend=context.workspace.backend_url,
    )
    known = [stack.stack for stack in saved.stacks if stack.stack in context.programs]
    programs = context.select_for_up(known) if known else []
    with context.engine() as engine:
        key = _key(context, engine, saved, path)
        _refuse(context, saved, path, check(saved, _now(context, engine, programs)))
        options = replace(
            options,
            targets=saved.options.targets,
            allow=frozenset(saved.options.allow),
            fingerprint_key=fingerprint_key(key),
        )
        stacks = {stack.stack: stack for stack in saved.stacks}
        change(
            context,
            engine,
            list(waves(programs)),
            plan=lambda e, wave: _compared(context, saved, path, e.plan(wave, options)),
            run=lambda e, wave: e.apply_exactly(wave, options, _expected(context, saved, path, stacks, wave)),
            confirm=confirm,
            admitted=Admission(
                context=context,
                engine=engine,
                options=options,
                confirm=confirm,
                skip_probe=skip_probe,
                exactly=True,
            ),
            log=journal(context.workspace, context.fleet_name, "up"),
        )


def short(stack: str) -> str:
    """A stack's name within its fleet."""
    return stack.partition(".")[2]


def _key(context: Context, engine: Engine, saved: SavedPlan, path: Path) -> bytes:
    """The file's key, once it has shown that the file is genuine."""
    holder = context.programs.get(saved.key.stack)
    if holder is None:
        raise OtherPlace(str(path), "stack", saved.key.stack, "a fleet without it")
    key = engine.unwrap_key(holder, saved.key.wrapped)
    verify(saved, key, str(path))
    return key


def _now(context: Context, engine: Engine, programs: Sequence[StackProgram]) -> Now:
    return Now(
        time=datetime.now(UTC),
        files=digests(source_files(context)),
        tools=tool_versions(find()),
        states=_marks(engine, programs),
    )


def _compared(context: Context, saved: SavedPlan, path: Path, results: Results) -> Results:
    stacks = {stack.stack: stack for stack in saved.stacks}
    plans = [result for result in results.values() if isinstance(result, Plan) and not result.error]
    _refuse(context, saved, path, [line for plan in plans for line in compare(stacks[plan.stack], plan)])
    return results


def _expected(
    context: Context,
    saved: SavedPlan,
    path: Path,
    stacks: Mapping[str, SavedStack],
    wave: Sequence[StackProgram],
) -> Mapping[str, Expected]:
    def same(stack: SavedStack, plan: Plan) -> None:
        _refuse(context, saved, path, compare(stack, plan), stack=stack.stack)

    return {
        program.name: Expected(state=stacks[program.name].mark, check=partial(same, stacks[program.name]))
        for program in wave
    }


def _confirmed(context: Context, saved: SavedPlan, path: Path, plans: Sequence[Plan], *, yes: bool) -> bool:
    answer = yes or typer.confirm(f"Apply exactly this to {names(plans)}?", err=True)
    _refuse(context, saved, path, expired(saved, datetime.now(UTC)))  # the answer may have taken its time
    return answer


def _refuse(context: Context, saved: SavedPlan, path: Path, moved: Sequence[str], *, stack: str | None = None) -> None:
    """Raises PlanMoved where something moved."""
    if not moved:
        return
    every = {one.stack for one in saved.stacks} == set(context.programs)
    stacks = ["--all"] if every else [short(one.stack) for one in saved.stacks]
    again = context.command("diff", *stacks, "--out", str(path))
    raise PlanMoved(str(path), moved, again, stack=stack)


def _marks(engine: Engine, programs: Sequence[StackProgram]) -> Mapping[str, StateMark]:
    return {program.name: engine.state_mark(program) for program in programs}
