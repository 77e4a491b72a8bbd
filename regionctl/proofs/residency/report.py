"""The residency proof as an auditor reads it, in Markdown: what rests where, how that is known, under which key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from regionctl.model.path import parse, show
from regionctl.model.program import StackKind
from regionctl.proofs.findings import Evidence, Finding, SentEverywhere, StackFacts

from .limits import Limit, limits
from .resting import Inventory, Place, Resting, inventory, kept_by

_ABOUT = """\
Made from what the stacks declare; no cloud was asked. *How it is known* names the property that says the place, as the
provider gets it, of the resource itself or of the one that it names. Google encrypts everything at rest; a key of one's
own is named where there is one, with the place where it is kept."""
_NOT_DECLARED = ("", "**not declared**")

Excuses = Mapping[tuple[str, str | None, str | None], str]


def report(evidence: Evidence, findings: Sequence[Finding]) -> str:
    """The same for the same evidence, without a date of its own."""
    found = inventory(evidence)
    excuses = {
        (f.stack, f.urn, f.path): f"excused until {f.excuse.expires}: {f.excuse.reason}" for f in findings if f.excuse
    }
    parts = [_ABOUT, _summary(found)]
    for facts in found.facts:
        parts += [f"### {_title(facts)}", _table(found.of(facts.stack))]
        if facts.kind is StackKind.REGION:
            parts.append(_elsewhere(facts, found, excuses))
    if evidence.everywhere:
        parts += ["### What every region is sent", _sent_everywhere(evidence.everywhere)]
    parts += ["### What this does not show", *(_limit(limit) for limit in limits(found))]
    parts += ["### What is declared and keeps no data", "\n".join(_keeps_nothing(evidence))]
    return "\n\n".join(parts)


def details(evidence: Evidence) -> dict[str, object]:
    """Everything that rests somewhere. A `location` or `jurisdiction` that nobody knows is null."""
    sent = [
        {"stack": one.stack, "requests": one.requests, "headers": list(one.headers), "source": asdict(one.source)}
        for one in evidence.everywhere
    ]
    return {"resting": [_json(one) for one in inventory(evidence).resting], "everywhere": sent}


def _json(one: Resting) -> dict[str, object]:
    return {
        "stack": one.facts.stack,
        "urn": one.resource.urn,
        "kind": one.kind.name,
        "location": one.place.location,
        "jurisdiction": one.law,
        "saidBy": one.place.path and {"urn": one.place.of.urn, "path": one.place.path},
        "key": one.key and {"name": one.key.name, "location": one.key.place.location},
        "outside": one.outside and {"what": one.outside.what, "reason": one.outside.reason},
    }


def _sent_everywhere(everywhere: Iterable[SentEverywhere]) -> str:
    """A row for each: whoever adds one says in the spec that it holds nothing of users, and answers for that."""
    lines = [
        _row(one.requests, one.stack, _all(one.headers) or "none", f"no personal data, says {one.source}")
        for one in everywhere
    ]
    head = "| requests | pass through | headers that go along | declared |"
    return "\n".join(("Whatever its jurisdiction, with the whole body:\n", head, _rule(4), *lines))


def _title(facts: StackFacts) -> str:
    if facts.jurisdiction is None:
        return f"{facts.stack}: everywhere"
    return f"{facts.stack}: {facts.location}, jurisdiction {facts.jurisdiction}"


def _summary(found: Inventory) -> str:
    """A row a stack: in how many places something rests, and how that stands to the stack's jurisdiction."""
    head = "| stack | jurisdiction | places | inside | outside, declared | no data of users | unexplained |"
    return "\n".join((head, _rule(7), *(_counts(facts, found) for facts in found.facts)))


def _counts(facts: StackFacts, found: Inventory) -> str:
    of_stack = found.of(facts.stack)
    outside = [one for one in of_stack if not one.inside(facts.jurisdiction)]
    declared = [one for one in outside if one.outside]
    # A stack without a jurisdiction of its own owes an account of users' data alone.
    harmless = [one for one in outside if not one.outside and facts.jurisdiction is None and not one.kind.of_users]
    inside, unexplained = len(of_stack) - len(outside), len(outside) - len(declared) - len(harmless)
    counts = (len(of_stack), inside, len(declared), len(harmless), unexplained)
    return _row(facts.stack, facts.jurisdiction or "-", *map(str, counts))


def _table(of_stack: Iterable[Resting]) -> str:
    """A row for what is alike: the same kind in the same place, known by the same property, under the same key."""
    rows: Mapping[tuple[str, ...], list[str]] = defaultdict(list)
    for one in of_stack:
        rows[one.kind.what, _where(one), _how(one), _key(one)].append(one.resource.name)
    lines = [_row(what, _all(names), where, how, key) for (what, where, how, key), names in rows.items()]
    return "\n".join(("| what | resources | where | how it is known | key |", _rule(5), *lines))


def _elsewhere(region: StackFacts, found: Inventory, excuses: Excuses) -> str:
    """What of a region's users rests outside its jurisdiction: in its own stack, the auth service's and the edge's."""
    own = [one for one in found.of(region.stack) if not one.inside(region.jurisdiction)]
    reasons: Mapping[tuple[str, str], list[Resting]] = defaultdict(list)
    for one in (*own, *found.elsewhere(region)):
        reasons[_reason(one, excuses)].append(one)
    if not reasons:
        return f"Nothing of its users rests outside jurisdiction {region.jurisdiction}."
    lines = [
        _row(
            _all(one.facts.stack for one in those), _all(one.kind.name for one in those), _all(map(_where, those)), *why
        )
        for why, those in reasons.items()
    ]
    head = "| kept by | kinds | where | what it is | why |"
    return "\n".join((f"Outside jurisdiction {region.jurisdiction}:\n", head, _rule(5), *lines))


def _reason(one: Resting, excuses: Excuses) -> tuple[str, str]:
    """What it is, and why it is there."""
    if one.outside:
        return one.outside.what, one.outside.reason
    excuse = excuses.get((one.facts.stack, one.place.of.urn, one.place.path))
    return (one.kind.what, excuse) if excuse else _NOT_DECLARED


def _limit(limit: Limit) -> str:
    return f"**{limit.what}** ({_all(limit.stacks)}). {limit.why} To look: {limit.look}. <{limit.source}>"


def _keeps_nothing(evidence: Evidence) -> Iterator[str]:
    """The types that keep no data, by why."""
    types: Mapping[str, set[str]] = defaultdict(set)
    for _, resource in evidence.resources():
        why = kept_by(resource)
        if isinstance(why, str):
            types[why].add(resource.type.rpartition(":")[2])
    for why, names in sorted(types.items()):
        yield f"- {why}: {', '.join(sorted(names))}"


def _where(one: Resting) -> str:
    if one.place.location is None:
        return f"**unknown**: {one.place.why}"
    return f"{one.place.location} ({one.law})" if one.law else one.place.location


def _how(one: Resting) -> str:
    place = one.place
    if place.path is None:
        return "the service has no other"
    of_another = "" if place.of is one.resource else f" of its {place.of.type.rpartition(':')[2]}"
    return f"`{_without_indices(place)}`{of_another}"


def _without_indices(place: Place) -> str:
    return show(step for step in parse(place.path or "") if isinstance(step, str))


def _key(one: Resting) -> str:
    if one.key is None:
        return "Google's"
    return f"{one.key.name}, {one.key.place.location or 'unknown'}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Text of a spec or a program stays in its cell, and is text."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;").split())


def _rule(columns: int) -> str:
    return "|" + "---|" * columns


def _all(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(texts))
