"""Everything that rests somewhere, stack by stack, and what nobody has classified. A type that no catalogue says
anything about fails the check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from regionctl.model.path import Each, parse, show
from regionctl.model.program import StackKind
from regionctl.proofs.baseline.grants import is_grant
from regionctl.proofs.findings import Evidence, RestsOutside, StackFacts
from regionctl.proofs.graph import Graph, graphs
from regionctl.proofs.values import MISSING, at
from regionctl.providers.catalogue import Kept, entry
from regionctl.render import Resource

from .encryption import Key, key_at
from .places import Place, Scope, places

_GRANT = "who may do what: names of accounts and roles"
_PROVIDER, _READING = "which credentials a provider takes", "a reading of another stack's outputs"


@dataclass(frozen=True, kw_only=True)
class Resting:
    """One kind of data in one place. `law` is the jurisdiction of that place, None where nobody knows it.

    `outside` is the fleet's declaration of why it rests outside the jurisdiction of its stack or of its users.
    """

    facts: StackFacts
    resource: Resource
    kind: Kept
    place: Place
    law: str | None
    key: Key | None
    key_law: str | None
    outside: RestsOutside | None

    def inside(self, jurisdiction: str | None) -> bool:
        return self.law is not None and self.law == jurisdiction

    def keeps_abroad(self, region: StackFacts) -> bool:
        """Whether the fleet's auth service or edge keeps it, of a region's users, outside their jurisdiction."""
        shared = self.facts.kind in (StackKind.AUTH, StackKind.EDGE) and self.facts.fleet == region.fleet
        return shared and self.kind.of_users and not self.inside(region.jurisdiction)


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What rests where in whole fleets. `unclassified` are resources of which no catalogue says what they keep."""

    resting: tuple[Resting, ...]
    unclassified: tuple[tuple[StackFacts, Resource], ...]
    facts: tuple[StackFacts, ...]

    def of(self, stack: str) -> tuple[Resting, ...]:
        return tuple(one for one in self.resting if one.facts.stack == stack)

    def elsewhere(self, region: StackFacts) -> tuple[Resting, ...]:
        """What the fleet's auth service and edge keep of a region's users outside the region's jurisdiction."""
        return tuple(one for one in self.resting if one.keeps_abroad(region))

    @property
    def regions(self) -> tuple[StackFacts, ...]:
        return tuple(facts for facts in self.facts if facts.kind is StackKind.REGION)


def kept_by(resource: Resource) -> tuple[Kept, ...] | str | None:
    """What a resource keeps; or, as text, why that is nothing. None where nobody has said."""
    known = entry(resource.type)
    if known.keeps:
        return tuple(kind for kind in known.keeps if _keeps(resource, kind))
    conditions = known.keeps_nothing_if.items()
    if known.keeps_nothing and all(str(at(resource, path)) in values for path, values in conditions):
        return known.keeps_nothing
    if resource.type.startswith("pulumi:"):
        return _PROVIDER if resource.type.startswith("pulumi:providers:") else _READING
    return _GRANT if is_grant(resource) else None


def _keeps(resource: Resource, kind: Kept) -> bool:
    return all(at(resource, path) is not MISSING for path in kind.only_with) and not any(
        at(resource, path) == value for path, value in kind.unless.items()
    )


def inventory(evidence: Evidence) -> Inventory:
    every = graphs(evidence)
    unclassified: list[tuple[StackFacts, Resource]] = []
    resting: list[Resting] = []
    for graph in every:
        for resource in graph.declaration.resources.values():
            if not resource.custom:
                continue
            kept = kept_by(resource)
            if kept is None:
                unclassified.append((graph.facts, resource))
            elif not isinstance(kept, str):
                scope = Scope(own=graph, every=every)
                resting.extend(one for kind in kept for one in _resting(resource, kind, scope, evidence))
    return Inventory(
        resting=tuple(resting), unclassified=tuple(unclassified), facts=tuple(graph.facts for graph in every)
    )


def _resting(resource: Resource, kind: Kept, scope: Scope, evidence: Evidence) -> Iterator[Resting]:
    for place in places(kind, resource, scope):
        key = key_at(place.of, _key_path(kind.key, place), scope.of(place.of)) if kind.key else None
        law = _law(scope.own, place)
        yield Resting(
            facts=scope.own.facts,
            resource=resource,
            kind=kind,
            place=place,
            law=law,
            key=key,
            key_law=_law(scope.own, key.place) if key else None,
            outside=next((o for o in evidence.outside if _is_about(o, scope.own, kind, law or place.location)), None),
        )


def _key_path(path: str, place: Place) -> str:
    """Of something in several places, the key of the one: `replicas[].key` in the place `replicas[1].location`."""
    index = next((step for step in parse(place.path or "") if isinstance(step, int)), 0)
    return show(index if step is Each.ITEM else step for step in parse(path))


def _law(graph: Graph, place: Place) -> str | None:
    return graph.places.get(place.location.lower()) if place.location else None


def _is_about(outside: RestsOutside, graph: Graph, kind: Kept, where: str | None) -> bool:
    return outside.stack == graph.facts.stack and kind.name in outside.kinds and outside.where == where
