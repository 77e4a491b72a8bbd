"""A rule of the security baseline, and the shapes that most rules have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import Found, at, is_known, is_set, shown
from regionctl.render import Resource


@dataclass(frozen=True, kw_only=True)
class Objection:
    """What a rule objects to in a resource: `message` is about the property at `path`, or the resource as a whole."""

    message: str
    path: str | None = None


Subjects = Callable[[Graph], Iterable[Resource]]
Objections = Callable[[Resource, Graph], Iterable[Objection]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. `id` is the public one that users look up, `also` what others call the same; `baseline/...` are ours.

    `subjects` are what it looks at: none, and the rule does not apply to the stack. `objections` is pure.
    """

    id: str
    also: tuple[str, ...] = ()
    area: str
    claim: str
    mend: str
    subjects: Subjects
    objections: Objections


def of(*types: str, when: Callable[[Resource], bool] = lambda _: True) -> Subjects:
    """The resources of these types, those for which `when` holds."""
    return lambda graph: [resource for resource in graph.of(*types) if when(resource)]


def equals(path: str, *wanted: str | bool) -> Objections:
    """The property is one of `wanted`. Left out, it is not: a provider's default may change."""

    def objections(resource: Resource, _graph: Graph) -> Iterator[Objection]:
        value = at(resource, path)
        if not (is_known(value) and any(value == w and isinstance(value, type(w)) for w in wanted)):
            yield wrong(path, value, " or ".join(map(shown, wanted)))

    return objections


def present(path: str, what: str) -> Objections:
    """The property is set to something, be it known only after an apply: the id of a key of this stack."""

    def objections(resource: Resource, _graph: Graph) -> Iterator[Objection]:
        if not is_set(value := at(resource, path)):
            yield wrong(path, value, what)

    return objections


def forbidden(message: str) -> Objections:
    """Nothing of the kind may be declared."""
    return lambda _resource, _graph: [Objection(message=message)]


def both(*all_of: Objections) -> Objections:
    """Every objection that one of these finds."""
    return lambda resource, graph: [objection for objections in all_of for objection in objections(resource, graph)]


def wrong(path: str, value: Found, wanted: str) -> Objection:
    return Objection(path=path, message=f"{shown(value)}; {wanted} is wanted")
