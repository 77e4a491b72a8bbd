"""What the specs say about each stack, as proofs take it: whose it is, what belongs to it, what it may refer to.

And what rests outside the jurisdiction of the users it is about, because the design wants it so.
"""

from __future__ import annotations

from collections.abc import Iterator

from regionctl.model.program import StackKind
from regionctl.proofs.findings import AllowedReference, DeclaredException, RestsOutside, SentEverywhere, StackFacts
from regions.exceptions import ExceptionsSpec, RuleExceptionSpec
from regions.load import Fleet
from regions.names import ProjectNames, auth_names, ci_names, edge_names, region_names
from regions.public_requests import SECTION as PUBLIC_REQUESTS
from regions.public_requests import KeyKind
from regions.source import KeyPath
from regions.spec import Home, RegionSpec
from stacks.workloads import runners


def stack_facts(fleet: Fleet) -> dict[str, StackFacts]:
    """The facts of every stack of the fleet, by its full name."""
    auth, edge = auth_names(fleet.spec), edge_names(fleet.spec)
    regions = [_home(fleet, StackKind.REGION, region, region_names(fleet.spec, region)) for region in _regions(fleet)]
    every = [
        _home(fleet, StackKind.AUTH, fleet.spec.auth, auth),
        *regions,
        StackFacts(stack=edge.stack, fleet=fleet.name, kind=StackKind.EDGE, tokens={"stack": edge.stack}),
        *_ci(fleet),
    ]
    return {facts.stack: facts for facts in every}


def _ci(fleet: Fleet) -> Iterator[StackFacts]:
    if fleet.spec.ci:
        names = ci_names(fleet.spec, fleet.spec.ci)
        yield StackFacts(
            stack=names.stack,
            fleet=fleet.name,
            kind=StackKind.CI,
            location=fleet.spec.auth.location,
            jurisdiction=fleet.spec.auth.jurisdiction,
            project=names.project,
            tokens={"project": names.project, "stack": names.stack},
        )


def _regions(fleet: Fleet) -> tuple[RegionSpec, ...]:
    return tuple(fleet.regions.values())


def _home(fleet: Fleet, kind: StackKind, home: Home, names: ProjectNames) -> StackFacts:
    return StackFacts(
        stack=names.stack,
        fleet=fleet.name,
        kind=kind,
        region=home.name if isinstance(home, RegionSpec) else None,
        location=home.location,
        jurisdiction=home.jurisdiction,
        project=names.project,
        ranges=(home.addresses,),
        tokens={"project": names.project, "stack": names.stack, "host": names.origin_host, **_name(home)},
    )


def _name(home: Home) -> dict[str, str]:
    """A region's name, where it can be nothing else: one word (`us`, `asia`) is also the name of places and services,
    so that it says nothing by itself. Of such a region the project, stack and host are looked for."""
    return {"name": home.name} if isinstance(home, RegionSpec) and "-" in home.name else {}


def allowed_references(fleet: Fleet) -> Iterator[AllowedReference]:
    """Every reference from one stack to another that the design wants. There are no others."""
    auth, edge = auth_names(fleet.spec), edge_names(fleet.spec)
    for region in _regions(fleet):
        names = region_names(fleet.spec, region)
        yield from _to_auth(names.stack, auth.stack, auth.topic_id, auth.origin_host)
        for text in _name(region).values():
            yield AllowedReference(
                by=auth.stack,
                to=names.stack,
                text=text,
                reason="an account of the auth project stands for the region; it may subscribe to the topic, no more",
            )
        for key in runners(region):
            yield AllowedReference(
                by=auth.stack,
                to=names.stack,
                text=names.account_email(key),
                reason="the auth service answers the region's own accounts, of its own workspaces alone",
            )
        for text in (names.stack, names.origin_host, *_name(region).values()):
            yield AllowedReference(by=edge.stack, to=names.stack, text=text, reason="the edge routes to the region")
    for text in (auth.stack, auth.origin_host):
        yield AllowedReference(by=edge.stack, to=auth.stack, text=text, reason="the edge asks the auth service")
    yield from _to_release_registry(fleet)


def _to_auth(region: str, auth: str, topic_id: str, host: str) -> Iterator[AllowedReference]:
    yield AllowedReference(by=region, to=auth, text=topic_id, reason="the region listens to the auth service's events")
    yield AllowedReference(by=region, to=auth, text=host, reason="workloads call the auth service over its public host")


def _to_release_registry(fleet: Fleet) -> Iterator[AllowedReference]:
    releases = fleet.spec.release_registry
    upstream = f"projects/{releases.project}/locations/{releases.location}/repositories/{releases.repository}"
    homes = (auth_names(fleet.spec), *(region_names(fleet.spec, region) for region in _regions(fleet)))
    for names in homes:
        yield AllowedReference(
            by=names.stack,
            to="the release registry",
            text=upstream,
            reason="each site keeps its own copies of what the fleet's release registry holds",
        )


def declared_exceptions(fleet: Fleet) -> Iterator[DeclaredException]:
    """Every exception that the fleet's files declare, at its line. One in `defaults` is there for each region."""
    for name, region in fleet.regions.items():
        yield from _exceptions(fleet, region_names(fleet.spec, region).stack, region.exceptions, name, ())
    yield from _exceptions(fleet, auth_names(fleet.spec).stack, fleet.spec.auth.exceptions, None, ("auth",))
    yield from _exceptions(fleet, edge_names(fleet.spec).stack, fleet.spec.edge.exceptions, None, ("edge",))
    if fleet.spec.ci:
        stack = ci_names(fleet.spec, fleet.spec.ci).stack
        yield from _exceptions(fleet, stack, fleet.spec.ci.exceptions, None, ("ci",))


def _exceptions(
    fleet: Fleet, stack: str, declared: ExceptionsSpec, region: str | None, section: KeyPath
) -> Iterator[DeclaredException]:
    for check in ExceptionsSpec.model_fields:
        for key, exception in getattr(declared, check).items():
            yield DeclaredException(
                check=check,
                key=key,
                stack=stack,
                reason=exception.reason,
                expires=exception.expires,
                source=fleet.position(region, (*section, "exceptions", check, key)),
                resources=exception.resources if isinstance(exception, RuleExceptionSpec) else (),
            )


GLOBAL = "global"  # a service that has no place of its own


def rests_outside(fleet: Fleet) -> Iterator[RestsOutside]:
    """Every declaration of the fleet. There are no others: anything else that rests outside fails `check residency`."""
    auth, edge = auth_names(fleet.spec).stack, edge_names(fleet.spec).stack
    home = fleet.spec.auth.jurisdiction
    claimed = any(request.key is KeyKind.CLAIMED for request in fleet.spec.edge.public_requests.values())
    abroad = [region for region in fleet.regions.values() if region.jurisdiction is not home]
    if abroad:
        yield RestsOutside(
            stack=auth,
            kinds=("database", "backups", "recovery logs", "messages", "logs", "routed logs", "instances"),
            where=home,
            what="users' e-mail addresses, hashes of their credentials, and the region that each lives in"
            + ("; hashes of third parties' ids that lead to a workspace" if claimed else ""),
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


def sent_everywhere(fleet: Fleet) -> Iterator[SentEverywhere]:
    """The public requests that every region gets. Each declares that it holds nothing of users (the spec wants it)."""
    for name, request in fleet.spec.edge.public_requests.items():
        if request.deliver:
            yield SentEverywhere(
                stack=auth_names(fleet.spec).stack,
                requests=request.path,
                headers=request.headers,
                source=fleet.position(None, (*PUBLIC_REQUESTS, name, "personal_data")),
            )
