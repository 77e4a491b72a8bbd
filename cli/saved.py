"""`up --plan`: a saved plan is applied exactly as it is, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

from cli.asking import confirmed
from cli.changes import change, names
from cli.context import Context
from cli.edge import Admission, plan_in_order
from cli.saving import by_hand, marks, short
from cli.views.console import note
from fleet.sources import source_files, tool_versions
from fleet.waves import waves
from regionctl.engine import Engine, Expected, Plan, Results, RunOptions, find
from regionctl.engine.state.notes import journal
from regionctl.model.errors import RegionctlError
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
from regionctl.review.savedplan.moved import expired


class PlanSaysAll(RegionctlError):
    """`--plan` was given with what the plan says itself."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        super().__init__("--plan says which stacks and how", hint=f"leave out {', '.join(words)}")


def apply_saved(context: Context, path: Path, options: RunOptions, *, yes: bool, skip_probe: str | None = None) -> None:
    """`up --plan`: applies exactly the plan in the file. Raises SavedPlanError before anything is touched."""
    saved = _Saved(context, path, read(path))
    saved.must_be_for_here()
    with context.engine() as engine:
        options = saved.options(saved.key(engine), options)
        saved.must_hold(engine)
        note(f"{path}: made by {saved.plan.made_by} at {saved.plan.made:%Y-%m-%d %H:%M %Z}")

        def confirm(plans: Sequence[Plan]) -> bool:
            answer = yes or confirmed(f"Apply exactly this to {names(plans)}?")
            saved.must_not_have_expired()  # the answer may have taken its time
            return answer

        change(
            context,
            engine,
            list(waves(saved.programs)),
            plan=lambda e, wave: saved.compared(plan_in_order(context, e, wave, options)),
            run=lambda e, wave: saved.told(e.apply_exactly(wave, options, saved.expected(wave))),
            confirm=confirm,
            admitted=Admission(
                context=context, engine=engine, options=options, confirm=confirm, skip_probe=skip_probe, exactly=True
            ),
            log=journal(context.workspace, context.fleet_name, "up"),
        )


@dataclass(frozen=True)
class _Saved:
    """A saved plan, and the fleet that it is to be applied to."""

    context: Context
    path: Path
    plan: SavedPlan

    @cached_property
    def stacks(self) -> Mapping[str, SavedStack]:
        return {stack.stack: stack for stack in self.plan.stacks}

    @cached_property
    def programs(self) -> list[StackProgram]:
        """Of those stacks that the fleet still has."""
        known = [stack for stack in self.stacks if stack in self.context.programs]
        return self.context.select_for_up(known) if known else []

    def must_be_for_here(self) -> None:
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
        from regionctl.engine.secrets.keywrap import CannotUnwrap

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
            time=datetime.now(UTC),
            files=digests(source_files(self.context)),
            tools=tool_versions(find()),
            states=marks(engine, self.programs),
            configs=by_hand(engine, self.programs),
        )
        self._refuse(check(self.plan, now))

    def must_not_have_expired(self) -> None:
        """Raises PlanMoved."""
        self._refuse(expired(self.plan, datetime.now(UTC)))

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

    def told(self, results: Results) -> Results:
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
        return self.context.command("diff", *(["--all"] if every else map(short, self.stacks)), "--out", str(self.path))
