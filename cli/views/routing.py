"""The table of regions and the sample requests before and after a change of the edge."""

from __future__ import annotations

from collections.abc import Iterator

from cli.views.console import print_table, say
from cli.views.text import Text
from fleet.routing import Destination, RoutedRequest, Routing
from stacks.public_list import PublicList, PublicRequest
from stacks.routing import Routed, shown
from stacks.table import Entry, Place, Table

NOWHERE = "-"
MOST_LISTED = 8  # of a locality that comes, goes or stays as it is


def print_routing(routing: Routing, *, verbose: bool) -> None:
    """Nothing where the table stays as it is, unless `verbose`."""
    if not routing.changed and not verbose:
        return
    _print_tables(routing.before, routing.after)
    if routing.public_before != routing.public_after or verbose:
        _print_public(routing.public_before, routing.public_after)
    if routing.requests:
        _print_requests(routing)


def destination(where: Destination | None) -> str:
    """`eu-west (time-zone)`, several regions where one is drawn, or the code of a refusal."""
    if where is None:
        return NOWHERE
    return shown(where) if isinstance(where, Routed) else f"refused: {where}"


def _print_public(before: PublicList, after: PublicList) -> None:
    """Nothing where neither has any."""
    was, now = ({request.path: request for request in listed.requests} for listed in (before, after))
    if not was and not now:
        return
    say(Text("public requests", "bold"))
    rows = [_public(path, was.get(path), now.get(path)) for path in sorted({*was, *now})]
    print_table(("", "path", "before", "after"), rows)


def _public(path: str, before: PublicRequest | None, after: PublicRequest | None) -> list[Text | str]:
    sign, style = _mark(before, after)
    return [Text(sign, style), Text(path, style), _key(before), Text(_key(after), style)]


def _key(request: PublicRequest | None) -> str:
    """What routes the request, and which credentials go on: `file, minted, in the path`."""
    if request is None:
        return NOWHERE
    if request.deliver:
        return f"{request.kind}, to every region" + (f", with {' '.join(request.headers)}" if request.headers else "")
    where = f"?{request.query}=" if request.query else request.header or "the path"
    forwards = f", forwards {' '.join(request.forward)}" if request.forward else ""
    return f"{request.kind}, {'minted' if request.minted else 'claimed'}, in {where}{forwards}"


def _print_tables(before: Table | None, after: Table) -> None:
    say(Text("table of regions", "bold"))
    names = sorted({*(before.regions if before else ()), *after.regions})
    rows = [_row(name, before.regions.get(name) if before else None, after.regions.get(name)) for name in names]
    print_table(("", "region", "before", "after", ""), rows)
    say(Text("localities", "bold"))
    names = sorted({*(before.localities if before else ()), *after.localities})
    print_table(
        ("", "locality", "", "of new workspaces", "sign-ups that it takes"),
        [_locality(name, before, after) for name in names],
    )
    was = before.default_locality if before else NOWHERE
    if was != after.default_locality:
        say(Text(f"~ the default locality: {was} -> {after.default_locality}", "yellow"))


def _row(name: str, before: Entry | None, after: Entry | None) -> list[Text | str]:
    sign, style = _mark(before, after)
    changes = (
        [
            f"{what} {old} -> {new}"
            for what, old, new in (
                ("weight", before.weight, after.weight),
                ("locality", before.locality, after.locality),
                ("origin", before.origin, after.origin),
            )
            if old != new
        ]
        if before and after
        else []
    )
    return [
        Text(sign, style),
        Text(name, style),
        before.lifecycle if before else NOWHERE,
        Text(after.lifecycle if after else NOWHERE, style),
        "; ".join(changes),
    ]


def _locality(name: str, before: Table | None, after: Table) -> list[Text | str]:
    old, new = before.localities.get(name) if before else None, after.localities.get(name)
    shares = [_shares(table, name) if table else NOWHERE for table in (before, after)]
    sign, style = _mark((old, shares[0]) if old else None, (new, shares[1]) if new else None)
    place = new or old
    assert place, "it is in one of the two"
    return [
        Text(sign, style),
        Text(name, style),
        place.name,
        Text(shares[1] if not old or shares[0] == shares[1] else " -> ".join(shares), style),
        "; ".join(_signs(old, new)),
    ]


def _shares(table: Table, locality: str) -> str:
    """`eu-central 33 %, eu-west 67 %`, as the weights say."""
    weights = table.open_in(locality)
    total = sum(weights.values())
    return ", ".join(f"{region} {round(100 * weight / total)} %" for region, weight in weights.items()) or "nobody"


def _mark(before: object | None, after: object | None) -> tuple[str, str]:
    if before == after:
        return " ", ""
    return ("+", "green") if before is None else ("-", "red") if after is None else ("~", "yellow")


def _signs(before: Place | None, after: Place | None) -> Iterator[str]:
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
