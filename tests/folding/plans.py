"""Plans made by hand, and by hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regionctl.engine import ChangeKind, Kind, Op, Plan, PropertyChange, Step

SQL = "gcp:sql/databaseInstance:DatabaseInstance"
NETWORK = "gcp:compute/network:Network"
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"

TOKENS: Mapping[str, Mapping[str, str]] = {
    f"prod.{region}": {
        f"prod.{region}": "stack",
        f"acme-prod-{region}-1": "project",
        location: "location",
        region: "region",
        f"10.{number}.0.0/16": "addresses",
        f"10.{number}.0.0/17": "workloads-range",
    }
    for number, (region, location) in enumerate(
        [("us-east", "us-east1"), ("eu-west", "europe-west1"), ("ap-south", "asia-south1")], 1
    )
}


def step(stack: str, name: str = "main", *, op: Op = Op.UPDATE, type_: str = SQL, **changes: Any) -> Step:
    urn = f"urn:pulumi:{stack}::regionctl::{type_}::{name}"
    return Step(op=op, urn=urn, type=type_, name=name, **changes)


def change(path: str, old: Any = None, new: Any = None, kind: ChangeKind = ChangeKind.UPDATE) -> PropertyChange:
    return PropertyChange(path=path, kind=kind, old=old, new=new)


def plan(stack: str, *steps: Step) -> Plan:
    name = stack.partition(".")[2]
    return Plan(
        stack=stack,
        fleet="prod",
        region=None if name in {"auth", "edge"} else name,
        target="sandbox",
        kind=Kind.PREVIEW,
        steps=steps,
    )
