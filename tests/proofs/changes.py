"""The shipped prod fleet with an organisation, rendered once, and what a test changes about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from regionctl.model.path import parse
from regionctl.proofs import Evidence
from regionctl.render import Declaration, Resource, render_all
from regions.load import load_fleet
from regions.locations import JURISDICTION_OF, MULTI_REGIONS
from regions.spec import OrganisationSpec
from stacks.facts import stack_facts
from stacks.programs import REGIONS_DIR, programs
from tests.proofs.evidence import TODAY

REGION, AUTH, EDGE = "prod.eu-west", "prod.auth", "prod.edge"
Change = Callable[[Declaration], Declaration]


@cache
def organised() -> Evidence:
    """A region, the auth service and the edge of prod, where the projects and budgets are made too."""
    prod = load_fleet(REGIONS_DIR, "prod")
    organisation = OrganisationSpec(id="123456789012", billing_account="01AB23-CD45EF-678901")
    fleet = replace(prod, spec=prod.spec.model_copy(update={"organisation": organisation}))
    renders = render_all([programs(fleet)[stack] for stack in (REGION, AUTH, EDGE)])
    facts = stack_facts(fleet)
    return Evidence(
        renders=renders,
        facts={stack: facts[stack] for stack in renders},
        today=TODAY,
        places={**JURISDICTION_OF, **MULTI_REGIONS},
    )


def changed(stack: str, *changes: Change) -> Evidence:
    """One stack of that fleet, changed."""
    declaration = organised().renders[stack]
    for change in changes:
        declaration = change(declaration)
    facts = {stack: organised().facts[stack]}
    return replace(organised(), renders={stack: declaration}, facts=facts)


@dataclass(frozen=True)
class Sets:
    """A property of a resource, by its logical name, set to a value. Without a value it is removed."""

    name: str
    path: str
    value: Any = None

    def __call__(self, declaration: Declaration) -> Declaration:
        resource = custom(declaration, self.name)
        inputs = deepcopy(dict(resource.inputs))
        *parents, last = parse(self.path)
        place: Any = inputs
        for parent in parents:
            place = place[parent]
        if self.value is None:
            del place[last]
        else:
            place[last] = self.value
        return _with(declaration, replace(resource, inputs=inputs))


@dataclass(frozen=True)
class Removes:
    """A resource that is not declared any more."""

    name: str

    def __call__(self, declaration: Declaration) -> Declaration:
        gone = custom(declaration, self.name).urn
        return replace(declaration, resources={u: r for u, r in declaration.resources.items() if u != gone})


@dataclass(frozen=True)
class Adds:
    """A resource more."""

    type: str
    inputs: Mapping[str, Any]
    name: str = "added"

    def __call__(self, declaration: Declaration) -> Declaration:
        urn = f"urn:pulumi:{declaration.stack}::{declaration.project}::{self.type}::{self.name}"
        return _with(declaration, Resource(urn=urn, type=self.type, name=self.name, custom=True, inputs=self.inputs))


@dataclass(frozen=True)
class Unprotects:
    """A resource without the option `protect`."""

    name: str

    def __call__(self, declaration: Declaration) -> Declaration:
        resource = custom(declaration, self.name)
        return _with(declaration, replace(resource, options=replace(resource.options, protect=None)))


def custom(declaration: Declaration, name: str) -> Resource:
    """The one resource of this logical name that is not a component."""
    (found,) = (resource for resource in declaration.named(name) if resource.custom)
    return found


def _with(declaration: Declaration, resource: Resource) -> Declaration:
    return replace(declaration, resources={**declaration.resources, resource.urn: resource})
