"""`regionctl list` as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.views.console import note, print_table, warn
from cli.views.text import Text, moment
from fleet.overview import FleetRows, StackRow
from regionctl.model.hints import command

_HEADINGS = ("fleet", "stack", "target", "location", "lifecycle", "release", "resources", "last apply")
_LIFECYCLE = {"active": "green", "draining": "yellow", "closed": "dim"}
_DIGEST = slice(len("sha256:"), len("sha256:") + 8)


def overview_document(fleets: Sequence[FleetRows]) -> dict[str, Any]:
    return {"version": 1, "kind": "list", "fleets": [_fleet_json(fleet) for fleet in fleets]}


def print_overview(fleets: Sequence[FleetRows]) -> None:
    print_table(_HEADINGS, [_row(fleet, stack) for fleet in fleets for stack in fleet.stacks])


def print_not_counted(fleets: Sequence[FleetRows]) -> None:
    """Where the rows could not say all, and why."""
    for fleet in fleets:
        if fleet.silent:
            warn(f"{fleet.name}: the state in {fleet.silent}")
        elif any(row.resources is None and not row.damaged for row in fleet.stacks):
            short = command("status", fleet=fleet.name)
            note(f"{fleet.name}: its state is not on this disk; {short} reads each stack's and counts")


def _row(fleet: FleetRows, row: StackRow) -> list[Text | str]:
    lifecycle = str(row.spec.lifecycle) if row.spec else "-"
    return [
        fleet.name,
        Text(row.program.short, "bold"),
        str(row.program.target),
        row.location or "-",
        Text(lifecycle, _LIFECYCLE.get(lifecycle, "")),
        row.spec.release["api"][_DIGEST] if row.spec else "-",
        _resources(row),
        _applied(row),
    ]


def _resources(row: StackRow) -> Text:
    if row.damaged:
        return Text("damaged", "red")
    if row.resources is None:
        return Text("not counted" if row.made else "not known", "dim")
    return Text(str(row.resources))


def _applied(row: StackRow) -> Text:
    if row.applied is None and row.resources is None and not row.damaged:
        return Text(f"saved {moment(row.saved)}" if row.saved else "not known", "dim")
    if row.applied is None:
        return Text("never", "dim")
    text = Text(moment(row.applied.ended))
    if row.applied.kind == "destroy":
        text.append("  down", "dim")
    if row.applied.result != "succeeded":
        text.append(f"  {row.applied.result}", "red")
    return text


def _fleet_json(fleet: FleetRows) -> dict[str, Any]:
    error = {"error": str(fleet.error)} if fleet.error else {}
    return {"fleet": fleet.name, "stacks": [_stack_json(stack) for stack in fleet.stacks], **error}


def _stack_json(row: StackRow) -> dict[str, Any]:
    applied = row.applied
    last = {"kind": applied.kind, "result": applied.result, "ended": applied.ended.isoformat()} if applied else None
    return {
        "stack": row.program.name,
        "region": row.program.region,
        "target": str(row.program.target),
        "location": row.location,
        "lifecycle": str(row.spec.lifecycle) if row.spec else None,
        "release": dict(row.spec.release) if row.spec else None,
        "resources": row.resources,
        "damaged": row.damaged,
        "lastApply": last,
        "made": row.made,
        "saved": row.saved.isoformat() if row.saved else None,
    }
