"""What rests outside the jurisdiction of the users it is about, because the design wants it so."""

from __future__ import annotations

from collections.abc import Iterator

from regionctl.proofs.findings import RestsOutside
from regions.load import Fleet
from regions.names import auth_names, ci_names, edge_names, region_names

GLOBAL = "global"  # a service that has no place of its own


def rests_outside(fleet: Fleet) -> Iterator[RestsOutside]:
    """Every declaration of the fleet. There are no others: anything else that rests outside fails `check residency`."""
    auth, edge = auth_names(fleet.spec).stack, edge_names(fleet.spec).stack
    home = fleet.spec.auth.jurisdiction
    abroad = [region for region in fleet.regions.values() if region.jurisdiction is not home]
    if abroad:
        yield RestsOutside(
            stack=auth,
            kinds=("database", "backups", "recovery logs", "messages", "logs", "routed logs", "instances"),
            where=home,
            what="users' e-mail addresses, hashes of their credentials, and the region that each lives in",
            reason="an address must be known to be free in the whole world, and a user before it is known where they "
            "live; no content of a workspace is kept there",
        )
    for region in abroad:
        yield RestsOutside(
            stack=region_names(fleet.spec, region).stack,
            kinds=("waiting messages",),
            where=home,
            what="what changed about users and workspaces, until the region takes it, a week at most",
            reason="every region hears of changes from the one topic of the auth service, which rests where that does",
        )
    yield RestsOutside(
        stack=edge,
        kinds=("key-value",),
        where=GLOBAL,
        what="the hash of a credential and the name of the region that it was served by, for 30 days",
        reason="with the auth service away the Worker still finds a user's region, wherever the user is",
    )
    yield RestsOutside(
        stack=edge,
        kinds=("edge logs",),
        where=GLOBAL,
        what="a line a request: its id, method and status, the region, and times; no address, path or header",
        reason="the Worker runs wherever the user is, and Cloudflare keeps its logs in one place",
    )
    watched = [auth, *(region_names(fleet.spec, region).stack for region in fleet.regions.values())]
    if fleet.spec.ci and fleet.spec.organisation:
        watched.append(ci_names(fleet.spec, fleet.spec.ci).stack)
    for stack in watched:
        yield RestsOutside(
            stack=stack,
            kinds=("alert addresses",),
            where=GLOBAL,
            what="the address of whoever is on call, which is the company's own",
            reason="Cloud Monitoring is a global product",
        )
