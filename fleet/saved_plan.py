"""`up --plan`: a saved plan is applied exactly as it is, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from fleet.context import FleetContext
from fleet.edge import Admission, plan_in_order, select_for_up
from fleet.events import Person, SavedPlanRead, Sink
from fleet.results import RunResult
from fleet.run import change, changing
from fleet.run_progress import waves
from fleet.saving import by_hand, marks, source_files, tool_versions
from regionctl.engine import Engine, Expected, Plan, Results, RunOptions
from regionctl.engine.secrets.keywrap import CannotUnwrap
from regionctl.engine.state.notes import journal
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import short_name
from regionctl.model.program import StackProgram
from regionctl.review.savedplan import (
    Now,
    OtherKey,
    OtherPlace,
    PlanMoved,
    SavedPlan,
    SavedStack,
    check,
    check_place,
    compare,
    digests,
    fingerprint_key,
    read,
    verify,
)
from regionctl.review.savedplan.compare import expired


class PlanSaysAll(RegionctlError):
    """`--plan` was given with what the plan says itself."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        super().__init__("--plan says which stacks and how", hint=f"leave out {', '.join(words)}")


def up_as_saved(
    context: FleetContext,
    path: Path,
    options: RunOptions,
    *,
    besides: Sequence[str] = (),
    skip_probe: str | None = None,
    person: Person,
    emit: Sink,
) -> RunResult:
    """`up --plan`: applies exactly the plan in the file. `besides`: what else was said of which stacks and how.

    Raises NotConfirmed, PlanSaysAll, and SavedPlanError before anything is touched.
    """
    emit(context.chosen)
    person.must_be_able_to_answer()
    if besides:
        raise PlanSaysAll(besides)
    saved = _Saved(context, path, read(path))
    saved.check_same_fleet_and_state()
    with context.engine() as engine:
        options = saved.options(saved.key(engine), options)
        saved.must_hold(engine)
        emit(SavedPlanRead(path, saved.plan.made_by, saved.plan.made))

        def confirm(plans: Sequence[Plan]) -> bool:
            answer = person.agrees(f"Apply exactly this to {changing(plans)}?")
            saved.must_not_have_expired()  # the answer may have taken its time
            return answer

        ready = Admission(
            context=context,
            engine=engine,
            options=options,
            confirm=confirm,
            emit=emit,
            skip_probe=skip_probe,
            exactly=True,
        )
        return change(
            context,
            engine,
            list(waves(saved.programs)),
            plan=lambda e, wave: saved.compared(plan_in_order(context, e, wave, options)),
            run=lambda e, wave: saved.with_way_on(e.apply_exactly(wave, options, saved.expected(wave))),
            confirm=confirm,
            admitted=ready,
            log=journal(context.workspace, context.fleet_name, "up"),
            emit=emit,
        )


@dataclass(frozen=True)
class _Saved:
    """A saved plan, and the fleet that it is to be applied to."""

    context: FleetContext
    path: Path
    plan: SavedPlan

    @cached_property
    def stacks(self) -> Mapping[str, SavedStack]:
        return {stack.stack: stack for stack in self.plan.stacks}

    @cached_property
    def programs(self) -> list[StackProgram]:
        """Of those stacks that the fleet still has."""
        known = [stack for stack in self.stacks if stack in self.context.programs]
        return select_for_up(self.context, known) if known else []

    def check_same_fleet_and_state(self) -> None:
        """Raises OtherPlace."""
        check_place(
            self.plan,
            str(self.path),
            fleet=self.context.fleet_name,
            target=str(self.context.fleet.spec.target),
            backend=self.context.workspace.backend_url,
        )

    def key(self, engine: Engine) -> bytes:
        """The file's key, once it has shown that the file is genuine. Raises OtherPlace, OtherKey, TamperedPlan."""
        holder = self.context.programs.get(self.plan.key.stack)
        if holder is None:
            raise OtherPlace(str(self.path), "stack", self.plan.key.stack, "a fleet without it")
        try:
            key = engine.unwrap_key(holder, self.plan.key.wrapped)
        except CannotUnwrap as error:
            raise OtherKey(str(self.path), holder.name) from error
        verify(self.plan, key, str(self.path))
        return key

    def options(self, key: bytes, options: RunOptions) -> RunOptions:
        """These options with those that the plan was made with."""
        return replace(
            options,
            targets=self.plan.options.targets,
            allow=frozenset(self.plan.options.allow),
            fingerprint_key=fingerprint_key(key),
        )

    def must_hold(self, engine: Engine) -> None:
        """Raises PlanMoved."""
        now = Now(
            time=self.context.services.now(),
            files=digests(source_files(self.context)),
            tools=tool_versions(self.context.services.find_cli()),
            states=marks(engine, self.programs),
            configs=by_hand(engine, self.programs),
        )
        self._refuse(check(self.plan, now))

    def must_not_have_expired(self) -> None:
        """Raises PlanMoved."""
        self._refuse(expired(self.plan, self.context.services.now()))

    def compared(self, results: Results) -> Results:
        """The same results, once their steps have shown to be the saved ones. Raises PlanMoved."""
        plans = [result for result in results.values() if isinstance(result, Plan) and not result.error]
        self._refuse([line for plan in plans for line in compare(self.stacks[plan.stack], plan)])
        return results

    def expected(self, wave: Sequence[StackProgram]) -> Mapping[str, Expected]:
        """What each stack of a wave must be found to be when its turn comes."""

        def same(stack: SavedStack, plan: Plan) -> None:
            self._refuse(compare(stack, plan), stack=stack.stack)

        stacks = [self.stacks[program.name] for program in wave]
        return {stack.stack: Expected(state=stack.mark, check=partial(same, stack)) for stack in stacks}

    def with_way_on(self, results: Results) -> Results:
        """The same results. What failed does not go on with the same command, as an error of the engine says."""
        for result in results.values():
            error = result.error if isinstance(result, Plan) else None
            if error and error.hint:
                error.hint = f"to go on, make a new plan: {self._again}"
        return results

    def _refuse(self, moved: Sequence[str], *, stack: str | None = None) -> None:
        if moved:
            raise PlanMoved(str(self.path), moved, self._again, stack=stack)

    @property
    def _again(self) -> str:
        """The command that makes the plan again."""
        every = set(self.stacks) == {program.name for program in self.context.select([], every=True)}
        stacks = ["--all"] if every else map(short_name, self.stacks)
        return self.context.command("diff", *stacks, "--out", str(self.path))
