"""Everything that rests somewhere, stack by stack, and what nobody has classified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from regionctl.proofs.findings import Evidence, RestsOutside, StackFacts, StackKind
from regionctl.proofs.graph import Graph, graphs
from regionctl.render import Resource

from .encryption import Key, key_at
from .places import Place, Scope
from .table import Kind, row_of


@dataclass(frozen=True, kw_only=True)
class Resting:
    """One kind of data in one place. `law` is the jurisdiction of that place, None where nobody knows it.

    `outside` is the fleet's declaration of why it rests outside the jurisdiction of its stack or of its users.
    """

    facts: StackFacts
    resource: Resource
    kind: Kind
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
    """What rests where in whole fleets. `unclassified` are resources of a type that the table has no row for."""

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


def inventory(evidence: Evidence) -> Inventory:
    every = graphs(evidence)
    unclassified: list[tuple[StackFacts, Resource]] = []
    resting: list[Resting] = []
    for graph in every:
        for resource in graph.declaration.resources.values():
            if not resource.custom:
                continue
            row = row_of(resource)
            if row is None:
                unclassified.append((graph.facts, resource))
            elif not isinstance(row, str):
                scope = Scope(own=graph, every=every)
                resting.extend(
                    one for kind in row if kind.kept(resource) for one in _places(resource, kind, scope, evidence)
                )
    return Inventory(
        resting=tuple(resting), unclassified=tuple(unclassified), facts=tuple(graph.facts for graph in every)
    )


def _places(resource: Resource, kind: Kind, scope: Scope, evidence: Evidence) -> Iterator[Resting]:
    for place in kind.trace(resource, scope):
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
    """Of something in several places, the key of the one: `replicas.*.key` in the place `replicas.1.location`."""
    index = next((step for step in (place.path or "").split(".") if step.isdigit()), "0")
    return path.replace("*", index)


def _law(graph: Graph, place: Place) -> str | None:
    return graph.places.get(place.location.lower()) if place.location else None


def _is_about(outside: RestsOutside, graph: Graph, kind: Kind, where: str | None) -> bool:
    return outside.stack == graph.facts.stack and kind.name in outside.kinds and outside.where == where
