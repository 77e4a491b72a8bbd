"""`regionctl status` as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.views.console import print_table, warn
from cli.views.regions import short
from cli.views.run import WORDS
from cli.views.text import Text, moment
from fleet.status import Membership, StackStatus
from regionctl.model.hints import command

_HEADINGS = ("stack", "resources", "last apply", "by", "drift", "table", "edge", "release")


def status_document(fleet: str, stacks: Sequence[StackStatus]) -> dict[str, Any]:
    return {"version": 1, "kind": "status", "fleet": fleet, "stacks": [_json(one) for one in stacks]}


def print_status(_fleet: str, stacks: Sequence[StackStatus]) -> None:
    """The column `table` is what the specs say of the table of regions, `edge` what the edge was applied with."""
    print_table(_HEADINGS, [_row(one) for one in stacks])
    routing = any(one.table and one.table.applied for one in stacks)
    for one in stacks:
        for remark in _remarks(one, routing=routing):
            warn(Text(f"{one.program.name}: {remark}", "yellow"))


def _row(one: StackStatus) -> list[Text | str]:
    return [
        Text(one.program.short, "bold"),
        Text("damaged", "red") if one.damaged else str(one.resources),
        _applied(one),
        (one.applied.by if one.applied else None) or "-",
        _drift(one),
        *_table(one.table),
        _release(one),
    ]


def _applied(one: StackStatus) -> Text:
    if one.applied is None:
        return Text("never", "dim")
    text = Text(moment(one.applied.ended))
    if one.applied.kind == "destroy":
        text.append(" down", "dim")
    if one.applied.result != "succeeded":
        text.append(f" {one.applied.result}", "red")
    return text


def _drift(one: StackStatus) -> Text:
    """What was found when somebody last looked; dim where the stack was applied since."""
    if one.drift is None:
        return Text("not looked for", "dim")
    count = len(one.drift.resources)
    text = f"{count or 'none'} {moment(one.drift.seen)}"
    if _stale(one):
        return Text(text, "dim")
    return Text(text, "yellow" if count else "")


def _stale(one: StackStatus) -> bool:
    return bool(one.drift and one.applied and one.applied.ended > one.drift.seen)


def _table(table: Membership | None) -> list[Text | str]:
    if table is None:
        return ["", ""]
    applied = (table.applied or "-") if table.known else "?"
    differs = table.applied != table.specs or not table.known
    return [table.specs or "-", Text(applied, "yellow" if differs else "")]


def _release(one: StackStatus) -> Text:
    text = Text()
    for key, digest in one.images.items():
        text.append(" " if text else "").append(f"{key}:{short(digest)}", "yellow" if key in one.behind else "")
    return text


def _remarks(one: StackStatus, *, routing: bool) -> list[str]:
    """What asks for something to be done. Not `routing`: there is no edge yet to compare with."""
    found = []
    if one.damaged:
        found.append(f"its state cannot be read; {one.program.command('state', 'repair')}")
    if one.pending:
        found.append(f"a run was killed and left {one.pending} unfinished; the next up settles it")
    if one.left:
        run = f"the {one.left.command} of {one.left.by}, {moment(one.left.at)}"
        again = command(one.left.command, "--resume", fleet=one.program.fleet)
        found.append(f"left by {run}: {WORDS[one.left.reached]}; {again}")
    if one.behind:
        found.append(f"another image than the specs' runs for {', '.join(one.behind)}")
    if routing and one.table and one.table.specs != one.table.applied:
        found.append(f"the edge has it {_as(one.table.applied)}, the specs {_as(one.table.specs)}")
    return found


def _as(lifecycle: str | None) -> str:
    return f"as {lifecycle}" if lifecycle else "not in the table"


def _json(one: StackStatus) -> dict[str, Any]:
    applied, drift, table = one.applied, one.drift, one.table
    return {
        "stack": one.program.name,
        "region": one.program.region,
        "resources": None if one.damaged else one.resources,
        "damaged": one.damaged,
        "pending": one.pending,
        "release": {"deployed": dict(one.images), "specs": dict(one.wanted), "behind": list(one.behind)},
        "lastApply": {
            "kind": applied.kind,
            "result": applied.result,
            "ended": applied.ended.isoformat(),
            "by": applied.by,
        }
        if applied
        else None,
        "left": {
            "command": one.left.command,
            "reached": str(one.left.reached),
            "at": one.left.at.isoformat(),
            "by": one.left.by,
        }
        if one.left
        else None,
        "drift": {
            "seen": drift.seen.isoformat(),
            "by": drift.by,
            "resources": list(drift.resources),
            "read": drift.read,
            "appliedSince": _stale(one),
        }
        if drift
        else None,
        "table": {"specs": table.specs, "applied": table.applied, "known": table.known} if table else None,
    }
