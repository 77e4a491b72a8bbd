"""The residency proof as an auditor reads it, in Markdown: what rests where, how that is known, under which key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from regionctl.proofs.findings import Evidence, Finding, StackFacts, StackKind

from .limits import Limit, limits
from .places import Place
from .resting import Inventory, Resting, inventory
from .table import row_of

_ABOUT = """\
Made from what the stacks declare; no cloud was asked. *How it is known* names the property that says the place, as the
provider gets it, of the resource itself or of the one that it names. Google encrypts everything at rest; a key of one's
own is named where there is one, with the place where it is kept."""


def report(evidence: Evidence, _findings: Sequence[Finding]) -> str:
    found = inventory(evidence)
    parts = [_ABOUT, _summary(found)]
    for facts in found.facts:
        parts += [f"### {_title(facts)}", _table(found.of(facts.stack))]
        if facts.kind is StackKind.REGION:
            parts.append(_elsewhere(facts, found))
    parts += ["### What this does not show", *(_limit(limit) for limit in limits(found))]
    parts += ["### What is declared and keeps no data", "\n".join(_keeps_nothing(evidence))]
    return "\n\n".join(part for part in parts if part)


def _title(facts: StackFacts) -> str:
    if facts.jurisdiction is None:
        return f"{facts.stack}: everywhere"
    return f"{facts.stack}: {facts.location}, jurisdiction {facts.jurisdiction}"


def _summary(found: Inventory) -> str:
    """A row a stack: how many places, and how many of them inside, declared to be outside, and neither."""
    head = "| stack | jurisdiction | places | inside | outside, declared | neither |\n|---|---|---|---|---|---|"
    return "\n".join((head, *(_counts(facts, found) for facts in found.facts)))


def _counts(facts: StackFacts, found: Inventory) -> str:
    of_stack = found.of(facts.stack)
    inside = sum(one.inside(facts.jurisdiction) for one in of_stack)
    declared = sum(not one.inside(facts.jurisdiction) and one.outside is not None for one in of_stack)
    neither = len(of_stack) - inside - declared
    return f"| {facts.stack} | {facts.jurisdiction or '-'} | {len(of_stack)} | {inside} | {declared} | {neither} |"


def _table(of_stack: Iterable[Resting]) -> str:
    """A row for what is alike: the same kind in the same place, known by the same property, under the same key."""
    rows: Mapping[tuple[str, ...], list[str]] = defaultdict(list)
    for one in of_stack:
        rows[one.kind.what, _where(one), _how(one), _key(one)].append(one.resource.name)
    head = "| what | resources | where | how it is known | key |\n|---|---|---|---|---|"
    lines = [
        f"| {what} | {_names(names)} | {where} | {how} | {key} |" for (what, where, how, key), names in rows.items()
    ]
    return "\n".join((head, *lines))


def _elsewhere(region: StackFacts, found: Inventory) -> str:
    """What of a region's users rests outside its jurisdiction: its own declared exceptions, auth service and edge."""
    own = [one for one in found.of(region.stack) if not one.inside(region.jurisdiction)]
    outside = [*own, *found.elsewhere(region)]
    if not outside:
        return f"Nothing of its users rests outside jurisdiction {region.jurisdiction}."
    reasons: Mapping[tuple[str, str], list[Resting]] = defaultdict(list)
    for one in outside:
        declared = one.outside
        reasons[(declared.what, declared.reason) if declared else ("", "**not declared**")].append(one)
    head = f"Outside jurisdiction {region.jurisdiction}:\n\n| kept by | kinds | where | what it is | why |\n|---|---|---|---|---|"
    lines = [
        f"| {_all(one.facts.stack for one in those)} | {_all(one.kind.name for one in those)} "
        f"| {_all(_where(one) for one in those)} | {what} | {reason} |"
        for (what, reason), those in reasons.items()
    ]
    return "\n".join((head, *lines))


def _limit(limit: Limit) -> str:
    return f"**{limit.what}** ({_all(limit.stacks)}). {limit.why} To look: {limit.look}. <{limit.source}>"


def _keeps_nothing(evidence: Evidence) -> Iterator[str]:
    """The types that keep no data, by why."""
    types: Mapping[str, set[str]] = defaultdict(set)
    for _, resource in evidence.resources():
        row = row_of(resource)
        if isinstance(row, str):
            types[row].add(resource.type.rpartition(":")[2])
    for why, names in sorted(types.items()):
        yield f"- {why}: {', '.join(sorted(names))}"


def _where(one: Resting) -> str:
    if one.place.location is None:
        return f"**unknown**: {one.place.why}"
    return f"{one.place.location} ({one.law})" if one.law else one.place.location


def _how(one: Resting) -> str:
    return _said_by(one.place, one.resource.urn)


def _said_by(place: Place, urn: str) -> str:
    if place.path is None:
        return "the service has no other"
    of_another = "" if place.of.urn == urn else f" of {place.of.name}"
    return f"`{_without_indices(place.path)}`{of_another}"


def _without_indices(path: str) -> str:
    return ".".join(step for step in path.split(".") if not step.isdigit())


def _key(one: Resting) -> str:
    if one.key is None:
        return "Google's"
    return f"{one.key.name}, {one.key.place.location or 'unknown'}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _all(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(texts))
