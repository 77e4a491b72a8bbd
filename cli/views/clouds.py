"""The emulated clouds, for `sandbox status`, `show` and `faults`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cli.views.console import say
from cli.views.text import Text
from regionctl.model.urn import short_type
from regionctl.render.plain import in_line
from regionctl.sandbox.clouds import CloudResource, CloudStatus
from regionctl.sandbox.faults import STALE_LOOKUPS, STALE_USES, FaultKind
from regionctl.sandbox.transaction import FaultRow


def clouds_document(status: CloudStatus) -> dict[str, Any]:
    return {"version": 1, "kind": "sandbox", **asdict(status)}


def print_clouds(status: CloudStatus) -> None:
    for type_, count in status.types.items():
        say(f"{count:>5}  {short_type(type_)}{'  (properties only)' if type_ in status.floor else ''}")
    say(f"{sum(status.types.values())} resources in {len(status.projects)} projects")
    if status.tombstones:
        names = ", ".join(f"{count} {short_type(type_)}" for type_, count in status.tombstones.items())
        say(f"names that cannot be used again yet: {names}")
    if status.faults:
        print_faults(status.faults)


def rows_document(rows: Sequence[CloudResource] | Sequence[FaultRow]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def print_resources(resources: Sequence[CloudResource]) -> None:
    for resource in resources:
        say(Text.assemble((resource.name, "bold"), f"  {short_type(resource.type)}  ", (resource.id, "dim")))


def print_in_full(resources: Sequence[CloudResource]) -> None:
    for resource in resources:
        print_resources([resource])
        for key, value in resource.properties.items():
            say(f"  {key}: {in_line(value)}")


def _left(fault: FaultRow) -> str:
    if fault.kind == FaultKind.STALE:
        return f"for {fault.remaining or STALE_LOOKUPS} lookups"
    if fault.kind == FaultKind.STALE_GRANTS:
        return f"for {fault.remaining or STALE_USES} uses of each grant"
    return "every call" if fault.remaining is None else f"{fault.remaining} more calls"


def print_faults(faults: Sequence[FaultRow]) -> None:
    for fault in faults:
        left = _left(fault)
        delay = f", {fault.delay_s:g} s" if fault.kind == "slow" else ""
        say(f"{fault.kind} on type {fault.type}, name {fault.name}: {left}{delay}")
    if not faults:
        say("no faults")
