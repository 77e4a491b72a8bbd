"""The table of regions and the sample requests before and after a change of the edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cli.views.console import print_table, say
from cli.views.text import Text
from fleet.routing import Destination, RoutedRequest, Routing
from stacks.routing import Routed
from stacks.table import Entry, Table

NOWHERE = "-"
MOST_LISTED = 8  # of a region that comes, goes or stays as it is


def print_routing(routing: Routing, *, verbose: bool) -> None:
    """Nothing where the table stays as it is, unless `verbose`."""
    if routing.before == routing.after and not verbose:
        return
    _print_tables(routing.before, routing.after)
    if routing.requests:
        _print_requests(routing)


def routing_json(routing: Routing) -> dict[str, Any]:
    """`routing` in the JSON document of `diff`: additive."""
    return {
        "table": {"before": _table_json(routing.before), "after": _table_json(routing.after)},
        "requests": [
            {
                "name": one.name,
                "before": _destination_json(one.before) if one.before else None,
                "after": _destination_json(one.after),
                "changed": one.changed,
            }
            for one in routing.requests
        ],
    }


def destination(where: Destination | None) -> str:
    """`eu-west (time-zone)`, or the code of a refusal."""
    if where is None:
        return NOWHERE
    return f"{where.region} ({where.reason})" if isinstance(where, Routed) else f"refused: {where}"


def _print_tables(before: Table | None, after: Table) -> None:
    say(Text("table of regions", "bold"))
    names = sorted({*(before.regions if before else ()), *after.regions})
    rows = [_row(name, before.regions.get(name) if before else None, after.regions.get(name)) for name in names]
    print_table(("", "region", "before", "after", "sign-ups that it takes"), rows)
    was = before.default_region if before else NOWHERE
    if was != after.default_region:
        say(Text(f"~ the default region: {was} -> {after.default_region}", "yellow"))


def _row(name: str, before: Entry | None, after: Entry | None) -> list[Text | str]:
    sign, style = ("+", "green") if not before else ("-", "red") if not after else ("~", "yellow")
    if before == after:
        sign, style = " ", ""
    return [
        Text(sign, style),
        Text(name, style),
        before.lifecycle if before else NOWHERE,
        Text(after.lifecycle if after else NOWHERE, style),
        "; ".join(_signs(before, after)),
    ]


def _signs(before: Entry | None, after: Entry | None) -> Iterator[str]:
    """Whole lists of what is new or goes; of what stays, only the difference."""
    for what, old, new in (
        ("time zones", before.time_zones if before else (), after.time_zones if after else ()),
        ("countries", before.countries if before else (), after.countries if after else ()),
    ):
        if before is None or after is None or old == new:
            listed = new or old
            if listed:
                yield f"{what} {' '.join(listed)}" if len(listed) <= MOST_LISTED else f"{len(listed)} {what}"
            continue
        gone = [f"-{one}" for one in old if one not in new]
        come = [f"+{one}" for one in new if one not in old]
        yield f"{what} {' '.join([*gone, *come])}"
    if before and after and before.origin != after.origin:
        yield f"origin {before.origin} -> {after.origin}"


def _print_requests(routing: Routing) -> None:
    say(Text.assemble(("sample requests", "bold"), f"  {routing.file}"))
    print_table(("", "request", "before", "after"), [_request(one) for one in routing.requests])
    moved = sum(one.changed for one in routing.requests)
    say(f"{moved or 'none'} of {len(routing.requests)} go elsewhere" if routing.before else "none was deployed before")


def _request(one: RoutedRequest) -> list[Text | str]:
    style = "yellow" if one.changed else ""
    return [
        Text("~" if one.changed else " ", style),
        Text(one.name, style),
        destination(one.before),
        Text(destination(one.after), style),
    ]


def _table_json(table: Table | None) -> Mapping[str, Any] | None:
    if table is None:
        return None
    return {
        "version": table.version,
        "default_region": table.default_region,
        "regions": {
            name: {
                "origin": entry.origin,
                "lifecycle": str(entry.lifecycle),
                "countries": list(entry.countries),
                "time_zones": list(entry.time_zones),
            }
            for name, entry in table.regions.items()
        },
    }


def _destination_json(where: Destination) -> dict[str, str]:
    if isinstance(where, Routed):
        return {"region": where.region, "reason": str(where.reason)}
    return {"refused": str(where)}
