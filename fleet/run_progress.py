"""How far a run over several stacks is, and which of them may go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

from fleet.events import NotTried, Sink
from regionctl.engine import Plan
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram

WaitsFor = Callable[[StackProgram], Set[str]]


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
