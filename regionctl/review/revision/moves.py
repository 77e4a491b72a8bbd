"""Which resource of the base each resource of the head is, by URN or by an alias.

As the engine finds a resource in its state: `generateAliases`, `inheritedChildAlias` and `collapseAliasToUrn` in
pkg/resource/deploy/step_generator.go of pulumi v3.259.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from regionctl.model.urn import Urn, name_of, root, type_of
from regionctl.render import Alias, Declaration, Resource


def old_urns(base: Declaration, head: Declaration) -> Mapping[str, str]:
    """The URN in the base of each resource of the head that the base has."""
    return _Moves(base, head).found


class _Moves:
    def __init__(self, base: Declaration, head: Declaration) -> None:
        self.found: dict[str, str] = {}
        self._head = head
        taken: set[str] = set()
        for resource in head.resources.values():  # parents first
            candidates = (resource.urn, *self._aliases(resource))
            urn = next((urn for urn in candidates if urn in base.resources and urn not in taken), None)
            if urn is not None:
                self.found[resource.urn] = urn
                taken.add(urn)

    def _aliases(self, resource: Resource) -> Iterator[str]:
        own = [self._urn_of(resource, alias) for alias in resource.options.aliases]
        yield from own
        parent = resource.parent
        moved = self.found.get(parent) if parent else None
        if parent is None or moved is None or moved == parent:
            return
        yield _inherited(resource.type, resource.name, parent, moved)
        for urn in own:
            yield _inherited(type_of(urn), name_of(urn), parent, moved)

    def _urn_of(self, resource: Resource, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = None if alias.no_parent else alias.parent_urn or resource.parent
        if parent:
            parent = self.found.get(parent, parent)
        stack, project = alias.stack or self._head.stack, alias.project or self._head.project
        above = Urn.parse(parent) if parent else root(stack, project)
        child = above.child(alias.type or resource.type, alias.name or resource.name)
        return str(replace(child, stack=stack, project=project))


def _inherited(type_: str, name: str, parent: str, old_parent: str) -> str:
    """The URN below the parent's old one. A name that starts with the parent's is taken to be made from it."""
    if name.startswith(name_of(parent)):
        name = name_of(old_parent) + name.removeprefix(name_of(parent))
    return str(Urn.parse(old_parent).child(type_, name))
