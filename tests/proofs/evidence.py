"""Evidence to try checks on: the shipped fleets, rendered once, and copies of them with something changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from cli.context import Context
from fleet.evidence import evidence_of
from fleet.services import REAL
from regionctl.proofs import Evidence
from regionctl.render import Declaration, Resource, Value
from stacks.programs import REGIONS_DIR

TODAY = date(2026, 11, 24)


def context(fleet: str, regions: Path = REGIONS_DIR) -> Context:
    return Context(
        fleet_name=fleet, regions_dir=regions, state=None, json=False, verbose=False, quiet=False, services=REAL
    )


@cache
def shipped(*fleets: str) -> Evidence:
    """The evidence of some of the fleets of this repository, but for what fleets have to be alike in."""
    first, *others = (_fleet(fleet) for fleet in fleets)
    for other in others:
        first = replace(
            first,
            renders={**first.renders, **other.renders},
            facts={**first.facts, **other.facts},
            exceptions=(*first.exceptions, *other.exceptions),
            allowed=(*first.allowed, *other.allowed),
            outside=(*first.outside, *other.outside),
            peers=(*first.peers, *other.peers),
        )
    return first


@cache
def _fleet(name: str) -> Evidence:
    return evidence_of([context(name)], TODAY)


def alone(evidence: Evidence, stack: str) -> Evidence:
    """The same evidence, but that every other stack declares nothing: a check of it costs a part of the time."""
    return replace(evidence, renders={s: d if s == stack else _nothing(d) for s, d in evidence.renders.items()})


def _nothing(declaration: Declaration) -> Declaration:
    return Declaration(project=declaration.project, stack=declaration.stack, resources={}, outputs={})


def custom(evidence: Evidence, stack: str) -> list[Resource]:
    """The resources of a stack that a provider makes."""
    return [resource for resource in evidence.renders[stack].resources.values() if resource.custom]


def with_inputs(evidence: Evidence, stack: str, urn: str, inputs: Mapping[str, Value]) -> Evidence:
    """The same evidence, but for the inputs of one resource."""
    declaration = evidence.renders[stack]
    resources = {**declaration.resources, urn: replace(declaration.resources[urn], inputs=inputs)}
    renders = {**evidence.renders, stack: replace(declaration, resources=resources)}
    return replace(evidence, renders=renders)
