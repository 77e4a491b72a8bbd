"""The resources of one stack as proofs walk them: by type, and from one to the one that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from regionctl.render import Declaration, Reference, Resource, Symbolic

from .findings import Evidence, StackFacts
from .values import Found, opened


@dataclass(frozen=True, kw_only=True)
class Graph:
    """One stack. `places` maps a location to the jurisdiction that it lies in."""

    facts: StackFacts
    declaration: Declaration
    places: Mapping[str, str]

    def of(self, *types: str) -> tuple[Resource, ...]:
        """The resources of these types that a provider makes, in the order of registration."""
        return tuple(r for r in self.declaration.resources.values() if r.custom and r.type in types)

    def source(self, value: Found) -> Resource | None:
        """The resource that the whole value comes from: `${keys-ring.id}` comes from `keys-ring`."""
        value = opened(value)
        if isinstance(value, Reference):
            return self.declaration.resources.get(value.urn)
        if isinstance(value, Symbolic) and len(value.symbols) == 1 and value.startswith("${") and value.endswith("}"):
            return self.declaration.resources.get(value.symbols[0].source)
        return None

    def inside(self, place: str) -> bool:
        """Whether a location lies in the stack's jurisdiction."""
        return self.facts.jurisdiction is not None and self.places.get(place.lower()) == self.facts.jurisdiction


def graphs(evidence: Evidence) -> tuple[Graph, ...]:
    """Every stack of the evidence."""
    return tuple(
        Graph(facts=evidence.facts[stack], declaration=declaration, places=evidence.places)
        for stack, declaration in evidence.renders.items()
    )
