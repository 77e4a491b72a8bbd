"""A run over several stacks: in which order, how far it is, which of them may go on, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from fleet.events import NoPlan, NotTried, Sink
from regionctl.engine import Plan, Results
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram

WaitsFor = Callable[[StackProgram], Set[str]]


def waves(programs: Sequence[StackProgram]) -> Iterator[list[StackProgram]]:
    """The programs in groups: those of a group need only what earlier groups hold, or what is not in the run.

    Raises RegionctlError where some need each other, with those in their circle.
    """
    names = {program.name for program in programs}
    order = TopologicalSorter({program.name: names.intersection(program.needs) for program in programs})
    try:
        order.prepare()
    except CycleError as error:
        raise RegionctlError(f"stacks need each other: {', which needs '.join(reversed(error.args[1]))}") from error
    while ready := order.get_ready():
        yield [program for program in programs if program.name in ready]
        order.done(*ready)


@dataclass
class RunProgress:
    """What a run has done so far. `refusals` are stacks' that it did not try, for a reason of its own."""

    done: list[Plan] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    refusals: list[RegionctlError] = field(default_factory=list)
    incomplete: set[str] = field(default_factory=set)  # applied without what others did not deliver

    @property
    def failed(self) -> Set[str]:
        return self.tried - {plan.stack for plan in self.done if not plan.error}


Admit = Callable[[Sequence[StackProgram], RunProgress], list[StackProgram]]


def needs(program: StackProgram) -> Set[str]:
    return set(program.needs)


def admit(
    group: Sequence[StackProgram], progress: RunProgress, emit: Sink, waits_for: WaitsFor = needs
) -> list[StackProgram]:
    """Those that wait for nothing that failed in this run; the others are told and not tried."""
    admitted = []
    for program in group:
        broken = sorted(progress.failed & waits_for(program))
        if broken:
            emit(NotTried(program.name, broken))
        else:
            admitted.append(program)
    return admitted


def plans_of(results: Results, expected: int, emit: Sink) -> list[Plan]:
    """The plans, those that did not end well among them; other errors are emitted.

    Where no stack of the `expected` ones got as far as a plan, the first error is raised, so that its exit code counts.
    """
    errors = [result for result in results.values() if isinstance(result, RegionctlError)]
    lone = errors[0] if len(errors) == expected else None
    for error in errors:
        if error is not lone:
            emit(NoPlan(error))
    if lone:
        raise lone
    return [result for result in results.values() if isinstance(result, Plan)]


def only_plan(results: Results) -> Plan:
    """Of a run over one stack. Raises its error where it got as far as no plan."""
    (result,) = results.values()
    if isinstance(result, RegionctlError):
        raise result
    return result
