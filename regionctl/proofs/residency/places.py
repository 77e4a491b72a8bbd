"""Where something rests, and how the declaration tells: a property, or one of the resource that a property names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from regionctl.model.path import Each, Pattern, parse, show
from regionctl.proofs.graph import Graph
from regionctl.proofs.values import Found, at, fields, is_absent, is_known, items, opened
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
