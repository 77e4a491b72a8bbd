"""A rule of the security baseline, and the shapes that most rules have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import Found, at, is_known, is_set, shown
from regionctl.render import Resource


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What a rule objects to in a resource: `message` is about the property at `path`, or the resource as a whole."""

    message: str
    path: str | None = None


Subjects = Callable[[Graph], Iterable[Resource]]
Faults = Callable[[Resource, Graph], Iterable[Fault]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. `id` is the public one that users look up, `also` what others call the same; `baseline/...` are ours.

    `subjects` are what it looks at: none, and the rule does not apply to the stack. `faults` is pure.
    """

    id: str
    also: tuple[str, ...] = ()
    area: str
    claim: str
    mend: str
    subjects: Subjects
    faults: Faults


def of(*types: str, when: Callable[[Resource], bool] = lambda _: True) -> Subjects:
    """The resources of these types, those for which `when` holds."""
    return lambda graph: [resource for resource in graph.of(*types) if when(resource)]


def equals(path: str, *wanted: str | bool) -> Faults:
    """The property is one of `wanted`. Left out, it is not: a provider's default may change."""

    def faults(resource: Resource, _graph: Graph) -> Iterator[Fault]:
        value = at(resource, path)
        if not (is_known(value) and any(value == w and isinstance(value, type(w)) for w in wanted)):
            yield wrong(path, value, " or ".join(map(shown, wanted)))

    return faults


def present(path: str, what: str) -> Faults:
    """The property is set to something, be it known only after an apply: the id of a key of this stack."""

    def faults(resource: Resource, _graph: Graph) -> Iterator[Fault]:
        if not is_set(value := at(resource, path)):
            yield wrong(path, value, what)

    return faults


def forbidden(message: str) -> Faults:
    """Nothing of the kind may be declared."""
    return lambda _resource, _graph: [Fault(message=message)]


def both(*all_of: Faults) -> Faults:
    """Every fault that one of these finds."""
    return lambda resource, graph: [fault for faults in all_of for fault in faults(resource, graph)]


def wrong(path: str, value: Found, wanted: str) -> Fault:
    return Fault(path=path, message=f"{shown(value)}; {wanted} is wanted")
