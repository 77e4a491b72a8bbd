"""Whether a region's origin answers: a gate before requests are sent to it, never an input of a plan.

Origin(region, host, address)          where to ask
Probe: Origin -> ProbeResult           HttpsProbe (the real clouds), EmulatedProbe (a sandbox)
require(results)                       raises NotAnswering where one does not
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from regionctl.model.errors import CheckFailed
from regionctl.model.hints import command


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a region is reached: the name that its certificate is for, and the address of its load balancer."""

    fleet: str
    region: str
    host: str
    address: str

    def command(self, *words: str) -> str:
        """A command line for people to mend it with."""
        return command(*words, fleet=self.fleet)


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """What an origin said, in words: `said`. Where it does not answer, `hint` is what to do."""

    origin: Origin
    answers: bool
    said: str
    hint: str | None = None


class Probe(Protocol):
    """Asks an origin. An origin that does not answer is a result, not an exception."""

    def __call__(self, origin: Origin) -> ProbeResult: ...


class NotAnswering(CheckFailed):
    """Origins do not answer. `results` are theirs."""

    def __init__(self, results: tuple[ProbeResult, ...]) -> None:
        self.results = results
        super().__init__("\n".join(map(_line, results)))


def _line(silent: ProbeResult) -> str:
    line = f"{silent.origin.region} does not answer at {silent.origin.host}: {silent.said}"
    return f"{line}; {silent.hint}" if silent.hint else line


def require(results: Iterable[ProbeResult]) -> None:
    """Raises NotAnswering with every result that does not answer."""
    if silent := tuple(one for one in results if not one.answers):
        raise NotAnswering(silent)
