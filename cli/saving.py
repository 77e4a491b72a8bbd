"""`diff --out`: a plan is saved, to be applied later exactly as it is (cli/saved.py)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.context import Context
from cli.views.console import note
from fleet.sources import source_files, tool_versions
from regionctl.engine import Engine, Plan, RunOptions, StateMark, find
from regionctl.engine.state.filelock import whoami
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regionctl.review.savedplan import (
    KEY_BYTES,
    NotSaved,
    SavedOptions,
    SavedPlan,
    WrappedKey,
    changed_outputs,
    digests,
    fingerprint_key,
    of_plan,
    sealed,
    write,
)
from regionctl.review.savedplan.store import check_writable

DEFAULT_EXPIRY = "24h"
_TIME = re.compile(r"([1-9]\d{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class NotATime(RegionctlError):
    """`--expires` is no length of time."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"--expires {text}: no length of time", hint="write a number and a unit: 90m, 24h, 7d")


class NothingExpires(RegionctlError):
    """`--expires` was given, and no file to save a plan in."""

    def __init__(self) -> None:
        super().__init__("--expires is for a plan that is saved", hint="give --out FILE too")


class RefreshFirst(RegionctlError):
    """`--out` was given with `--refresh`."""

    def __init__(self, command: str) -> None:
        super().__init__(
            "a saved plan is made on the state as it is, so --out goes without --refresh", hint=f"first run: {command}"
        )


@dataclass(frozen=True)
class Saving:
    """Where a plan is to be saved, and for how long it holds."""

    path: Path
    holds_for: timedelta

    @classmethod
    def asked(cls, out: Path | None, expires: str | None) -> Saving | None:
        """What the options say; None where nothing is to be saved. Raises NotATime, NothingExpires, NotSaved."""
        if out is None:
            if expires is not None:
                raise NothingExpires
            return None
        check_writable(out)
        return cls(out, _time(expires or DEFAULT_EXPIRY))

    def prepare(
        self, context: Context, engine: Engine, programs: Sequence[StackProgram], options: RunOptions
    ) -> Prepared:
        """What is to be planned, and on what: with the stacks that `up` would apply first.

        Raises NotSaved, RefreshFirst.
        """
        if options.refresh:
            raise RefreshFirst(context.command("refresh", *(short(program.name) for program in programs)))
        programs = context.with_prerequisites(engine, programs)
        for program in programs:
            _must_be_settled(context, engine, program)
        key = secrets.token_bytes(KEY_BYTES)
        return Prepared(
            context=context,
            saving=self,
            programs=programs,
            options=replace(options, fingerprint_key=fingerprint_key(key)),
            key=key,
            wrapped=WrappedKey(stack=programs[0].name, wrapped=engine.wrap_key(programs[0], key)),
            files=digests(source_files(context)),
            states=marks(engine, programs),
        )


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A plan that is about to be made: of which stacks, how, and from what."""

    context: Context
    saving: Saving
    programs: Sequence[StackProgram]
    options: RunOptions
    key: bytes = field(repr=False)
    wrapped: WrappedKey
    files: Mapping[str, str]
    states: Mapping[str, StateMark]

    def write(self, engine: Engine, plans: Sequence[Plan]) -> None:
        """Saves the plan that was made. Raises NotSaved where a state moved meanwhile."""
        path = self.saving.path
        if marks(engine, self.programs) != self.states:
            raise NotSaved("a stack was changed while it was planned", where=str(path), hint="run it again")
        made = datetime.now(UTC).replace(microsecond=0)
        configs = by_hand(engine, self.programs)
        plan = SavedPlan(
            fleet=self.context.fleet_name,
            target=str(self.context.fleet.spec.target),
            backend=self.context.workspace.backend_url,
            made=made,
            made_by=whoami(),
            expires=made + self.saving.holds_for,
            options=SavedOptions(targets=self.options.targets, allow=tuple(sorted(self.options.allow))),
            tools=tool_versions(find()),
            files=self.files,
            stacks=tuple(of_plan(plan, self.states[plan.stack], configs[plan.stack]) for plan in plans),
            key=self.wrapped,
        )
        write(path, sealed(plan, self.key))
        note(f"saved in {path}, until {plan.expires:%Y-%m-%d %H:%M %Z}; apply it with")
        note(f"  {self.context.command(f'up --plan {path}')}")
        for line in self._readers_of_changes(engine, plans):
            note(line)

    def _readers_of_changes(self, engine: Engine, plans: Sequence[Plan]) -> Iterator[str]:
        """They were planned with values that will be others when their turn comes."""
        by_name = {program.name: program for program in self.programs}
        for plan in plans:
            changed = changed_outputs(plan, engine.last_outputs(by_name[plan.stack]))
            readers = [program.name for program in self.programs if plan.stack in program.needs]
            if changed and readers:
                yield (
                    f"this changes {', '.join(changed)} of {plan.stack}: where {', '.join(readers)} reads that, it is"
                    " refused when its turn comes, and is planned again then"
                )


def short(stack: str) -> str:
    """A stack's name within its fleet."""
    return stack.partition(".")[2]


def marks(engine: Engine, programs: Sequence[StackProgram]) -> Mapping[str, StateMark]:
    """Which states the stacks have."""
    return {program.name: engine.state_mark(program) for program in programs}


def by_hand(engine: Engine, programs: Sequence[StackProgram]) -> Mapping[str, Mapping[str, str]]:
    """What steers the providers of the stacks and comes from no program."""
    return {program.name: engine.config_by_hand(program) for program in programs}


def _must_be_settled(context: Context, engine: Engine, program: StackProgram) -> None:
    if pending := engine.state(program).pending:
        raise NotSaved(
            f"{program.name}: {pending[0]} was never finished, so that a plan would not hold",
            hint=f"settle it first: {context.command(f'refresh {short(program.name)}')}",
        )


def _time(text: str) -> timedelta:
    found = _TIME.fullmatch(text)
    if found is None:
        raise NotATime(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
