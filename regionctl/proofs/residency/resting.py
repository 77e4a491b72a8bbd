"""Lists everything that rests somewhere, stack by stack, and what nobody has classified.

Where something rests, and under which key, the declaration tells: in a property of it, or of the resource that a
property names. A type that no catalogue says anything of is unclassified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from regionctl.model.path import Each, Pattern, parse, show
from regionctl.model.program import StackKind
from regionctl.proofs.baseline.grants import is_grant
from regionctl.proofs.findings import Evidence, RestsOutside, StackFacts
from regionctl.proofs.graph import Graph, graphs
from regionctl.proofs.values import MISSING, Found, at, fields, is_absent, is_known, items, opened
from regionctl.providers.catalogue import Kept, entry
from regionctl.render import Resource, Symbolic

AFTER_AN_APPLY = "known only after an apply"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A location, and the property of the resource `of` that names it. Without a location, `why` nobody knows it.

    Without a `path` it is the service itself that has only this one place.
    """

    location: str | None
    of: Resource
    path: str | None = None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The stack that a resource belongs to, and every stack that it may name resources of."""

    own: Graph
    every: tuple[Graph, ...]

    def of(self, resource: Resource) -> Scope:
        """The same, seen from the stack that this resource belongs to."""
        graphs = (graph for graph in self.every if resource.urn in graph.declaration.resources)
        return replace(self, own=next(graphs, self.own))


def places(kept: Kept, resource: Resource, scope: Scope) -> Iterable[Place]:
    """Where a resource keeps it."""
    if kept.always:
        return [Place(location=kept.always, of=resource)]
    if kept.through:
        named = target(at(resource, kept.through), kept.of, scope)
        if named is None:
            name = kept.of.rpartition(":")[2]
            return [Place(location=None, of=resource, path=kept.through, why=f"it names no {name} of this fleet")]
        its = entry(kept.of).keeps
        if not its:
            return [Place(location=None, of=named, why=f"no catalogue says where a {kept.of} rests")]
        return places(its[0], named, scope)
    path = parse(kept.where)
    if Each.ITEM in path:
        each = path.index(Each.ITEM)
        return _in_each(resource, show(path[:each]), path[each + 1 :], kept.left_out)
    return [_read(resource, kept.where, at(resource, kept.where), kept.left_out)]


def _in_each(resource: Resource, path: str, field: Pattern, left_out: str) -> Iterator[Place]:
    """Each item of a list says one place, itself or in a field of it."""
    found = items(at(resource, path))
    if not found:
        yield Place(location=None, of=resource, path=path, why=left_out)
    for index, item in enumerate(found):
        value = fields(item).get(show(field)) if field and not isinstance(item, Symbolic) else item
        yield _read(resource, show((*parse(path), index, *field)), opened(value), left_out)


def target(value: Found, kind: str, scope: Scope) -> Resource | None:
    """The resource of type `kind` that a value names: by a symbol, by its name in the same stack, or by its id."""
    value = opened(value)
    if isinstance(value, Symbolic):
        made = (scope.own.declaration.resources.get(symbol.source) for symbol in value.symbols)
        return next((resource for resource in made if resource is not None and resource.type == kind), None)
    if not is_known(value) or is_absent(value):
        return None
    named = next((r for r in scope.own.of(kind) if at(r, "name") == value), None)
    return named or next((r for graph in scope.every for r in graph.of(kind) if _has_id(r, str(value))), None)


def _has_id(resource: Resource, text: str) -> bool:
    """`projects/<project>/topics/<name>`, with or without a location between."""
    match = re.fullmatch(r"projects/([^/]+)/(?:.*/)?([^/]+)", text)
    return match is not None and (at(resource, "project"), at(resource, "name")) == match.groups()


def _read(resource: Resource, path: str, value: Found, left_out: str) -> Place:
    if is_absent(value):
        return Place(location=None, of=resource, path=path, why=left_out)
    if not is_known(value) or not isinstance(value, str):
        return Place(location=None, of=resource, path=path, why=AFTER_AN_APPLY)
    return Place(location=value, of=resource, path=path)


KEY = "gcp:kms/cryptoKey:CryptoKey"
_KEY_ID = re.compile(r"projects/[^/]+/locations/(?P<location>[^/]+)/keyRings/[^/]+/cryptoKeys/(?P<name>[^/]+)")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A customer-managed key: what people call it, and where it is kept."""

    name: str
    place: Place


def key_at(resource: Resource, path: str, scope: Scope) -> Key | None:
    """The key that a property names; None where it names none, so that Google encrypts with a key of its own."""
    value = at(resource, path)
    if is_absent(value):
        return None
    if (key := target(value, KEY, scope)) is not None:
        (place,) = places(entry(KEY).keeps[0], key, scope)
        return Key(name=str(at(key, "name")), place=place)
    literal = _KEY_ID.fullmatch(str(value)) if is_known(value) else None
    if literal:
        return Key(name=literal["name"], place=Place(location=literal["location"], of=resource, path=path))
    return Key(name="unknown", place=Place(location=None, of=resource, path=path, why="it names no key of this fleet"))


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
