"""Finds data that rests outside of its jurisdiction, or of which nobody has said where it rests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from regionctl.model.urn import Urn
from regionctl.proofs.findings import Evidence, Finding, StackFacts
from regionctl.proofs.graph import Graph, graphs
from regionctl.proofs.values import at, shown
from regionctl.render import Resource

from .resting import Inventory, Key, Place, Resting, inventory

NAME = "residency"
GLOBAL = "global"
API = "gcp:projects/service:Service"
LOG_SINK, DEFAULT_SINK = "gcp:logging/projectSink:ProjectSink", "_Default"

OUTSIDE = f"{NAME}/outside"
UNKNOWN_PLACE = f"{NAME}/unknown-place"
KEY_OUTSIDE = f"{NAME}/key-outside"
UNCLASSIFIED = f"{NAME}/unclassified"
UNDECLARED = f"{NAME}/undeclared"
UNUSED = f"{NAME}/unused-declaration"
UNROUTED = f"{NAME}/default-sink"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Everything that does not rest within its jurisdiction and is not declared to rest elsewhere."""
    found = inventory(evidence)
    for facts, resource in found.unclassified:
        yield _unclassified(facts, resource)
    # Keys rest where their ring does: what a ring says is said once.
    yield from dict.fromkeys(finding for one in found.resting for finding in _of_its_own_stack(one))
    yield from _of_keys(found)
    yield from _of_users(found)
    yield from _unused(evidence, found)
    for graph in graphs(evidence):
        yield from _default_sink(graph)


def _unclassified(facts: StackFacts, resource: Resource) -> Finding:
    return Finding(
        check=NAME,
        rule=UNCLASSIFIED,
        stack=facts.stack,
        urn=resource.urn,
        message=f"nobody has said what {_what(resource)} keeps, and where",
        hint="say it in components/catalogue.toml, as docs/guides/own-resource-types.md shows",
        key=UNCLASSIFIED,
    )


def _what(resource: Resource) -> str:
    return f"the service {shown(at(resource, 'service'))}" if resource.type == API else f"a {resource.type}"


def _of_its_own_stack(one: Resting) -> Iterator[Finding]:
    """A region and the auth service keep to their own jurisdiction. The edge has none: see `_of_users`."""
    jurisdiction = one.facts.jurisdiction
    if jurisdiction is None or one.inside(jurisdiction) or one.outside:
        return
    if one.place.location is None:
        message = f"nobody can tell where {one.kind.name} rest: {one.place.why}"
        yield _finding(one, UNKNOWN_PLACE, one.place, message, f"name a location in {jurisdiction}")
    else:
        message = f"{one.kind.name} rest in {_where(one.place, one.law)}, outside jurisdiction {jurisdiction}"
        yield _finding(one, OUTSIDE, one.place, message, f"name a location in {jurisdiction}")


def _of_keys(found: Inventory) -> Iterator[Finding]:
    """A finding for each place of keys, with all that is encrypted with them."""
    misplaced: dict[tuple[str, str, str | None], list[tuple[Resting, Key]]] = defaultdict(list)
    for one in found.resting:
        if one.key and not _kept_well(one):
            misplaced[one.facts.stack, one.key.place.of.urn, one.key.place.path].append((one, one.key))
    for those in misplaced.values():
        (one, key), jurisdiction = those[0], those[0][0].facts.jurisdiction
        what = f"the key of {', '.join(dict.fromkeys(other.kind.name for other, _ in those))}"
        if key.place.location is None:
            message = f"nobody can tell where {what} is kept: {key.place.why}"
        else:
            message = f"{what} is kept in {_where(key.place, one.key_law)}, outside jurisdiction {jurisdiction}"
        yield _finding(one, KEY_OUTSIDE, key.place, message, f"encrypt with a key that is kept in {jurisdiction}")


def _kept_well(one: Resting) -> bool:
    """A key is kept where the data must be. The key of what is declared to rest elsewhere may be kept there too."""
    jurisdiction = one.facts.jurisdiction
    if jurisdiction is None:
        return True
    return one.key_law is not None and one.key_law in (jurisdiction, one.law if one.outside else jurisdiction)


def _of_users(found: Inventory) -> Iterator[Finding]:
    """The auth service and the edge serve every region: what they keep of its users elsewhere is declared."""
    for one in found.resting:
        regions = [region for region in found.regions if one.keeps_abroad(region)]
        at_home = one.facts.jurisdiction is None or one.inside(one.facts.jurisdiction)
        if regions and at_home and not one.outside:
            whose = ", ".join(f"{region.stack} ({region.jurisdiction})" for region in regions)
            message = f"{one.kind.name} rest in {_where(one.place, one.law)}, and may hold data of users of {whose}"
            hint = "keep it inside, or declare with the reason why it rests there"
            yield _finding(one, UNDECLARED, one.place, message, hint)


def _unused(evidence: Evidence, found: Inventory) -> Iterator[Finding]:
    needed = {(one.facts.stack, one.kind.name) for one in found.resting if one.outside and _is_needed(one, found)}
    for outside in evidence.outside:
        idle = [kind for kind in outside.kinds if (outside.stack, kind) not in needed]
        if idle and outside.stack in evidence.facts:
            yield Finding(
                check=NAME,
                rule=UNUSED,
                stack=outside.stack,
                message=f"{', '.join(idle)} are declared to rest outside, and none do",
                hint="remove the declaration",
            )


def _is_needed(one: Resting, found: Inventory) -> bool:
    jurisdiction = one.facts.jurisdiction
    own = jurisdiction is not None and not one.inside(jurisdiction)
    return own or any(one.keeps_abroad(region) for region in found.regions)


def _default_sink(graph: Graph) -> Iterator[Finding]:
    """Every project has a sink `_Default` to a bucket whose place is set above the project."""
    apis = graph.of(API)
    if apis and not any(at(s, "name") == DEFAULT_SINK and at(s, "disabled") is True for s in graph.of(LOG_SINK)):
        yield Finding(
            check=NAME,
            rule=UNROUTED,
            stack=graph.facts.stack,
            urn=apis[0].urn,
            message="log entries go to the bucket _Default too, whose place is set above the project",
            hint="turn the sink _Default off and send entries to a log bucket in the region",
            key=UNROUTED,
        )


def _finding(one: Resting, rule: str, place: Place, message: str, hint: str) -> Finding:
    """At the property that says the place, where it is of the same stack, else at what rests there."""
    here = Urn.parse(place.of.urn).stack == one.facts.stack
    return Finding(
        check=NAME,
        rule=rule,
        stack=one.facts.stack,
        urn=place.of.urn if here else one.resource.urn,
        path=place.path if here else None,
        message=message,
        hint=hint,
        key=rule,
    )


def _where(place: Place, law: str | None) -> str:
    if place.location == GLOBAL:
        return "no one place (global)"
    return f"{place.location} ({law})" if law else f"{place.location}, a place that nobody knows"
