"""A fleet, and what can be had of it: its specs, its programs, the places of its state, the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command, did_you_mean
from stacks.outputs import LastOutputs

if TYPE_CHECKING:
    from datetime import datetime

    from fleet.events import Chosen
    from fleet.results import Finding, Probed
    from regionctl.engine import Engine, Plan, PulumiCli, Workspace
    from regionctl.model.program import StackKind, StackProgram
    from regionctl.probes import Probe
    from regionctl.review.revision import Recipe, RevisionDiff
    from regions.load import Fleet

REGIONS = "regions"  # of a checkout: the folder of its fleets


def checkout(start: Path) -> Path:
    """The nearest folder, `start` or above it, whose `regions/` holds a fleet; `start` where there is none.

    As Pulumi and git find theirs, and as git only one of one's own: somebody else could put rules and programs above a
    folder that all can write to (https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory).
    """
    for folder in (start, *start.parents):
        if any((folder / REGIONS).glob("*/fleet.yaml")) and (folder == start or folder.stat().st_uid == os.geteuid()):
            return folder
    return start


class UnknownStack(RegionctlError):
    """No stack of the fleet has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        hint = did_you_mean(name, self.known, f"there are {', '.join(self.known)}")
        super().__init__(f"no stack is called {name!r}", hint=hint)


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the commands of a fleet use of the world besides the files of a checkout. A test gives others.

    Each is called when it is needed, and not before. `engine` runs stacks and keeps their states, `programs` are the
    fleet's by stack, `probe` asks one region's origin, `find_cli` finds Pulumi's CLI. `preflight` and `probe_all` are
    the first and the last step of a bootstrap. `compare` renders the checkout and a revision. `code` is the folder of
    the code that a saved plan is made from, and `packages` has the Worker's own. `google` is the host of Google's API
    that the doctor asks.
    """

    engine: Callable[[Workspace], Engine]
    programs: Callable[[Fleet], Mapping[str, StackProgram]]
    probe: Callable[[FleetContext], Probe]
    now: Callable[[], datetime]
    find_cli: Callable[[], PulumiCli | None]
    preflight: Callable[[FleetContext], Iterable[Finding]]
    probe_all: Callable[[FleetContext], Iterable[Probed]]
    compare: Callable[[Path, str, Recipe], RevisionDiff]
    code: Path
    packages: Path
    google: str


@dataclass(frozen=True, kw_only=True)
class FleetContext:
    """One fleet of a checkout. Loading is lazy: whoever asks pays for what it uses."""

    fleet_name: str
    regions_dir: Path
    state: str | None
    root: Path = field(default_factory=Path.cwd)  # the checkout: where state and stack configs lie
    services: Services

    @cached_property
    def fleet(self) -> Fleet:
        """The specs. Raises SpecError with every problem of the fleet."""
        from regions.load import load_fleet
        from stacks.programs import own_types

        own_types()
        return load_fleet(self.regions_dir, self.fleet_name)

    def again(self, *, fleet: str | None = None) -> Self:
        """The same options, or those for another fleet, with nothing loaded yet."""
        return replace(self, fleet_name=fleet or self.fleet_name)

    @cached_property
    def programs(self) -> Mapping[str, StackProgram]:
        """The fleet's stacks by full name (`prod.eu-west`), in the order in which they are applied."""
        return self.services.programs(self.fleet)

    @cached_property
    def tokens(self) -> Mapping[str, Mapping[str, str]]:
        """By stack, each text that is its own and the name of what it is: what a comparison of stacks sees past."""
        from regions.tokens import fleet_tokens

        return fleet_tokens(self.fleet)

    def tokens_of(self, plans: Iterable[Plan]) -> Mapping[str, Mapping[str, str]]:
        """`tokens`, and each project's number, which a cloud gives: Google's own accounts are named by it."""
        told = {plan.stack: LastOutputs(plan.held or plan.outputs).project_number for plan in plans}
        numbers = {stack: number for stack, number in told.items() if number and number.isdigit()}
        return {
            stack: {**own, **({numbers[stack]: "project-number"} if own and stack in numbers else {})}
            for stack, own in self.tokens.items()
        }

    def command(self, *words: str) -> str:
        """A command line for people to type next, for this fleet."""
        return command(*words, fleet=self.fleet_name)

    def select(self, names: Sequence[str], *, every: bool = False) -> list[StackProgram]:
        """The programs that STACK arguments or `--all` name, in the order in which they are applied. `--all` leaves out
        what a person brings up by its name.

        Raises UnknownStack, and RegionctlError where nothing or both are named.
        """
        if every and names:
            raise RegionctlError("name stacks or give --all, not both")
        if not every and not names:
            raise RegionctlError("no stack is named", hint=f"name one ({', '.join(self._short_names())}) or give --all")
        every_one = {name for name, program in self.programs.items() if not program.by_name_alone}
        wanted = every_one if every else {self._full_name(name) for name in names}
        return [program for name, program in self.programs.items() if name in wanted]

    def one(self, name: str) -> StackProgram:
        """The program that a STACK argument names."""
        return self.programs[self._full_name(name)]

    def the(self, kind: StackKind) -> StackProgram | None:
        """The only stack of a kind; None where the fleet has none."""
        return next((program for program in self.programs.values() if program.kind is kind), None)

    @cached_property
    def workspace(self) -> Workspace:
        """Where this fleet's state, stack configs and emulated clouds lie."""
        from regionctl.engine import Workspace

        state = self.state or self.fleet.spec.state.backend
        provider = self.fleet.spec.state.secrets_provider
        return (
            Workspace.at(self.root, state, secrets_provider=provider)
            if state
            else Workspace.default(self.root, secrets_provider=provider)
        )

    @cached_property
    def records(self) -> Engine:
        """The engine, to read and mend what it keeps about stacks: no cloud is attached."""
        return self.services.engine(self.workspace)

    @contextmanager
    def engine(self, programs: Sequence[StackProgram] = ()) -> Iterator[Engine]:
        """The engine, with the emulated clouds attached where the fleet lives in them. `programs` are run with it next:
        what they need is loaded while the clouds start."""
        with self.records.attached(next(iter(self.programs.values())), programs) as engine:
            yield engine

    @property
    def chosen(self) -> Chosen:
        """The event that says which fleet a run is over. Raises SpecError."""
        from fleet.events import Chosen
        from regionctl.engine.workspace import attached_by_hand

        return Chosen(self.fleet_name, self.fleet.spec.target, attached_by_hand())

    @property
    def sandbox_data(self) -> Path:
        """The file of the fleet's emulated clouds."""
        return self.workspace.sandbox_data(self.fleet_name)

    def _full_name(self, name: str) -> str:
        full = name if name in self.programs else f"{self.fleet_name}.{name}"
        if full not in self.programs:
            from regions.load import fleets

            fleet = name.partition(".")[0]
            if fleet != self.fleet_name and fleet in fleets(self.regions_dir):
                raise RegionctlError(f"{name!r} is no stack of {self.fleet_name}", hint=f"give --fleet {fleet}")
            raise UnknownStack(name, self._short_names())
        return full

    def _short_names(self) -> list[str]:
        return [program.short for program in self.programs.values()]
