"""Folding the plans of many regions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.measure import Figure, figure, timed
from regionctl.engine import ChangeKind, Kind, Op, Plan, PropertyChange, Step
from regionctl.review.folding import blast_radius, fold

REGIONS, RESOURCES = 20, 100
TYPE = "gcp:sql/databaseInstance:DatabaseInstance"


def figures(_scratch: Path) -> Iterator[Figure]:
    names = [f"r-{chr(97 + number)}" for number in range(REGIONS)]
    tokens = {_stack(name): _tokens(name, number) for number, name in enumerate(names)}
    updates = [_plan(name, number) for number, name in enumerate(names)]
    creates = [_plan(name, number, op=Op.CREATE) for number, name in enumerate(names)]
    for what, plans in {"updated": updates, "new": creates}.items():
        runs = timed(lambda plans=plans: blast_radius(plans, fold(plans, tokens)), 5)  # type: ignore[misc]
        yield figure(f"fold {REGIONS} regions of {RESOURCES} resources, all {what}", "s", runs, at_most=1)


def _stack(name: str) -> str:
    return f"prod.{name}"


def _tokens(name: str, number: int) -> dict[str, str]:
    return {
        _stack(name): "stack",
        f"acme-prod-{name}-1": "project",
        f"location{number}": "location",
        name: "region",
        f"10.{number}.0.0/16": "addresses",
        f"10.{number}.0.0/17": "workloads-range",
        f"10.{number}.192.0/22": "proxies-range",
        f"10.{number}.128.0/18": "services-range",
        f"10.{number}.128.0": "services-address",
    }


def _plan(name: str, number: int, *, op: Op = Op.UPDATE) -> Plan:
    steps = tuple(_step(name, number, resource, op) for resource in range(RESOURCES))
    return Plan(stack=_stack(name), fleet="prod", region=name, target="sandbox", kind=Kind.PREVIEW, steps=steps)


def _step(name: str, number: int, resource: int, op: Op) -> Step:
    logical = f"resource-{resource}"
    urn = f"urn:pulumi:{_stack(name)}::regionctl::regionctl:component:Component${TYPE}::{logical}"
    inputs = {
        "project": f"acme-prod-{name}-1",
        "location": f"location{number}",
        "labels": {"fleet": "prod", "stack": name, "managed-by": "regionctl"},
        "members": [f"serviceAccount:run-{word}@acme-prod-{name}-1.iam.gserviceaccount.com" for word in "abcdef"],
        "ranges": [f"10.{number}.0.0/17", f"10.{number}.128.0/18"],
        "description": "a text without anything of a region's own " * 4,
    }
    diff = tuple(
        PropertyChange(path=path, kind=ChangeKind.UPDATE, old="before", new=value) for path, value in inputs.items()
    )
    if op is Op.CREATE:
        return Step(op=op, urn=urn, type=TYPE, name=logical, inputs=inputs)
    return Step(op=op, urn=urn, type=TYPE, name=logical, diff=diff)
