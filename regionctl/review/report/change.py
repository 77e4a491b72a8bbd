"""What a change does as a whole, in words: its blast radius, which stacks take it, and what it cannot know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from regionctl.engine import Plan
from regionctl.model.urn import short_type
from regionctl.review.folding import BlastRadius, Downtime, Hit, Parity

MOST_NAMED = 5
MOST_LEFT_OUT = 3
_GRAVEST_FIRST = list(Downtime)[::-1]
_PARITY = {
    Parity.KEPT: "kept, every region takes the same steps",
    Parity.BROKEN: "broken, the regions do not take the same steps",
}


@dataclass(frozen=True)
class Answer:
    """One question about a change: what it is about, the answer, and the first of the resources behind it."""

    about: str
    verdict: str
    named: tuple[str, ...] = ()
    more: int = 0

    @property
    def because(self) -> str:
        return ", ".join(self.named) + (f" and {self.more} more" if self.more else "")


def answers(blast: BlastRadius) -> list[Answer]:
    """What is touched, the data at stake, the downtime and, with several regions, parity."""
    parity = [Answer("parity", _PARITY[blast.parity])] if blast.parity else []
    return [Answer("touched", _stacks(blast.stacks)), _stateful(blast), _downtime(blast), *parity]


def _stacks(stacks: Sequence[str]) -> str:
    return stacks[0] if len(stacks) == 1 else f"{len(stacks)} stacks"


def _stateful(blast: BlastRadius) -> Answer:
    if not blast.lost:
        return Answer("stateful", "no resource replaced or deleted")
    count = len(blast.lost)
    verdict = f"{count} {'resource' if count == 1 else 'resources'} replaced or deleted"
    return _named("stateful", verdict, [f"{hit.op} {_resource(hit)}" for hit in blast.lost], blast.lost, blast)


def _downtime(blast: BlastRadius) -> Answer:
    """The gravest class, and the resources behind it and behind the others, the gravest first."""
    felt = sorted(blast.felt, key=lambda hit: _GRAVEST_FIRST.index(hit.downtime))
    lesser = {hit.downtime for hit in felt} - {blast.downtime}
    texts = [_felt(hit, said=hit.downtime in lesser) for hit in felt]
    return _named("downtime", str(blast.downtime), texts, felt, blast)


def _felt(hit: Hit, *, said: bool) -> str:
    return (f"{hit.downtime}: " if said else "") + _resource(hit) + (f" {hit.path}" if hit.path else "")


def _resource(hit: Hit) -> str:
    return f"{short_type(hit.type)} {hit.name}"


def _named(about: str, verdict: str, texts: Sequence[str], hits: Sequence[Hit], blast: BlastRadius) -> Answer:
    """Each text once and, where several stacks are touched, those that it is of."""
    stacks: dict[str, list[str]] = defaultdict(list)
    for text, hit in zip(texts, hits, strict=True):
        stacks[text].append(hit.stack)
    alone = len(blast.stacks) == 1
    named = [text if alone else f"{text} in {_stacks(where)}" for text, where in stacks.items()]
    return Answer(about, verdict, tuple(named[:MOST_NAMED]), max(len(named) - MOST_NAMED, 0))


def title(stacks: Sequence[str], regions: Sequence[str]) -> str:
    """In which of all the regions that were compared: `all 4 regions`, `3 of 4 regions: ...`, `only prod.ap-south`."""
    if len(stacks) == 1:
        return f"only {stacks[0]}" if stacks[0] in regions and len(regions) > 1 else stacks[0]
    rest = [region for region in regions if region not in stacks]
    if not rest:
        return f"all {len(stacks)} regions" + (f": {', '.join(stacks)}" if len(stacks) <= MOST_NAMED else "")
    names = f"all but {', '.join(rest)}" if len(rest) <= MOST_LEFT_OUT < len(stacks) else ", ".join(stacks)
    return f"{len(stacks)} of {len(regions)} regions: {names}"


def unchanged(plans: Sequence[Plan]) -> list[str]:
    """One line for all stacks in which nothing changes."""
    names = [plan.stack for plan in plans if not plan.changes and not plan.error]
    return [f"nothing to do: {', '.join(names)}"] if names else []


def limits_of_state(*, refreshed: bool) -> str:
    drift = "the cloud was read first" if refreshed else "what others changed in the cloud is not in it"
    return f"Planned by Pulumi's engine against the state; {drift}."


def limits_of_revision(base: str) -> str:
    """`base` is the revision as people read it."""
    return (
        f"Compared with {base} by what the programs declare, without state: it cannot know drift, what was"
        " never applied, and what the cloud assigns."
    )
