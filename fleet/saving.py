"""`diff --out`: a plan is saved, to be applied later exactly as it is (fleet/saved_plan.py)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from fleet.context import FleetContext
from fleet.edge import with_prerequisites
from fleet.events import Sink
from regionctl.engine import Engine, Plan, PulumiCli, RunOptions, StateMark
from regionctl.engine.state.filelock import whoami
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import short_name
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
from regionctl.review.savedplan.document import check_writable

_CODE = ("components", "regions", "regionctl", "stacks")
_SUFFIXES = frozenset({".py", ".json"})
_ALONE = ("Pulumi.yaml", "requirements.lock", "worker/bindings.json")
_WORKER = "worker/src"
_DISTRIBUTIONS = ("pulumi", "pulumi-gcp", "pulumi-cloudflare")


def source_files(context: FleetContext) -> Mapping[str, Path]:
    """Code, lock, the Worker and the fleet's specs, by the path that people know a file by."""
    specs = sorted((context.regions_dir / context.fleet_name).glob("*.yaml"))
    code = context.services.code
    return {
        **{str(path.relative_to(code)): path for path in _code(code)},
        **{f"{context.regions_dir.name}/{context.fleet_name}/{path.name}": path for path in specs},
    }


def tool_versions(cli: PulumiCli | None) -> Mapping[str, str]:
    """Of what plans: Pulumi's CLI, its SDK and the providers."""
    return {**{name: version(name) for name in _DISTRIBUTIONS}, "pulumi CLI": cli.version if cli else "not there"}


def _code(root: Path) -> Iterator[Path]:
    for folder in _CODE:
        yield from (path for path in (root / folder).rglob("*") if path.suffix in _SUFFIXES)
    yield from (path for path in (root / _WORKER).rglob("*") if path.is_file())
    yield from (root / name for name in _ALONE if (root / name).is_file())


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
        self, context: FleetContext, engine: Engine, programs: Sequence[StackProgram], options: RunOptions, emit: Sink
    ) -> Prepared:
        """What is to be planned, and on what: with the stacks that `up` would apply first.

        Raises NotSaved, RefreshFirst.
        """
        if options.refresh:
            raise RefreshFirst(context.command("refresh", *(short_name(program.name) for program in programs)))
        programs = with_prerequisites(context, engine, programs, emit)
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
class ReadersOfChanges:
    """Stacks that were planned with outputs of another one that will be others when their turn comes."""

    stack: str
    outputs: Sequence[str]
    readers: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A plan that was saved, the command that applies it, and which of its stacks are planned again on the way."""

    path: Path
    expires: datetime
    command: str
    readers: Sequence[ReadersOfChanges]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A plan that is about to be made: of which stacks, how, and from what."""

    context: FleetContext
    saving: Saving
    programs: Sequence[StackProgram]
    options: RunOptions
    key: bytes = field(repr=False)
    wrapped: WrappedKey
    files: Mapping[str, str]
    states: Mapping[str, StateMark]

    def write(self, engine: Engine, plans: Sequence[Plan]) -> Saved:
        """Saves the plan that was made. Raises NotSaved where a state moved meanwhile."""
        path = self.saving.path
        if marks(engine, self.programs) != self.states:
            raise NotSaved("a stack was changed while it was planned", where=str(path), hint="run it again")
        made = self.context.services.now().replace(microsecond=0)
        configs = by_hand(engine, self.programs)
        plan = SavedPlan(
            fleet=self.context.fleet_name,
            target=str(self.context.fleet.spec.target),
            backend=self.context.workspace.backend_url,
            made=made,
            made_by=whoami(),
            expires=made + self.saving.holds_for,
            options=SavedOptions(targets=self.options.targets, allow=tuple(sorted(self.options.allow))),
            tools=tool_versions(self.context.services.find_cli()),
            files=self.files,
            stacks=tuple(of_plan(plan, self.states[plan.stack], configs[plan.stack]) for plan in plans),
            key=self.wrapped,
        )
        write(path, sealed(plan, self.key))
        command = self.context.command(f"up --plan {path}")
        return Saved(path=path, expires=plan.expires, command=command, readers=list(self._readers(engine, plans)))

    def _readers(self, engine: Engine, plans: Sequence[Plan]) -> Iterator[ReadersOfChanges]:
        by_name = {program.name: program for program in self.programs}
        for plan in plans:
            changed = changed_outputs(plan, engine.last_outputs(by_name[plan.stack]))
            readers = [program.name for program in self.programs if plan.stack in program.needs]
            if changed and readers:
                yield ReadersOfChanges(stack=plan.stack, outputs=changed, readers=readers)


def marks(engine: Engine, programs: Sequence[StackProgram]) -> Mapping[str, StateMark]:
    """Which states the stacks have."""
    return {program.name: engine.state_mark(program) for program in programs}


def by_hand(engine: Engine, programs: Sequence[StackProgram]) -> Mapping[str, Mapping[str, str]]:
    """What steers the providers of the stacks and comes from no program."""
    return {program.name: engine.config_by_hand(program) for program in programs}


def _must_be_settled(context: FleetContext, engine: Engine, program: StackProgram) -> None:
    if pending := engine.state(program).pending:
        raise NotSaved(
            f"{program.name}: {pending[0]} was never finished, so that a plan would not hold",
            hint=f"settle it first: {context.command(f'refresh {short_name(program.name)}')}",
        )


def _time(text: str) -> timedelta:
    found = _TIME.fullmatch(text)
    if found is None:
        raise NotATime(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
