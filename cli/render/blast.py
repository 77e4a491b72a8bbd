"""The blast radius in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from cli.render.declaration import short_type
from regionctl.folding import BlastRadius, Downtime, Hit, Parity

MOST_NAMED = 5
_PARITY = {
    Parity.KEPT: "parity kept: the same steps in every region",
    Parity.BROKEN: "parity broken: not the same steps in every region",
}


def blast_parts(blast: BlastRadius) -> list[str]:
    """What is touched, the data at stake, the downtime with its causes, and, of several regions, parity."""
    return [
        _stacks(blast.stacks),
        _stateful(blast),
        _downtime(blast),
        *([_PARITY[blast.parity]] if blast.parity else []),
    ]


def _stacks(stacks: Sequence[str]) -> str:
    return stacks[0] if len(stacks) == 1 else f"{len(stacks)} stacks"


def _stateful(blast: BlastRadius) -> str:
    if not blast.lost:
        return "no stateful resource replaced or deleted"
    named = [f"{hit.op} {short_type(hit.type)} {hit.name}" for hit in blast.lost]
    return f"stateful: {_counted(named, blast.lost, blast)}"


def _downtime(blast: BlastRadius) -> str:
    if blast.downtime is Downtime.NONE:
        return "downtime: none"
    gravest = [hit for hit in blast.felt if hit.downtime is blast.downtime]
    named = [f"{short_type(hit.type)} {hit.name}" + (f" {hit.path}" if hit.path else "") for hit in gravest]
    return f"downtime: {blast.downtime} ({_counted(named, gravest, blast)})"


def _counted(texts: Sequence[str], hits: Sequence[Hit], blast: BlastRadius) -> str:
    """The first texts, each once and of several stacks with those it is of, and how many more there are."""
    stacks: dict[str, list[str]] = defaultdict(list)
    for text, hit in zip(texts, hits, strict=True):
        stacks[text].append(hit.stack)
    alone = len(blast.stacks) == 1
    named = [text if alone else f"{text} in {_stacks(where)}" for text, where in stacks.items()]
    more = len(named) - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
