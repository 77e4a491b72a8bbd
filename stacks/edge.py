"""The edge: the Worker in front of every region, and the zone that it stands in."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_cloudflare as cloudflare
from pulumi import Output, ResourceOptions

from components.edge_dns import OriginArgs, OriginDns, OriginDnsArgs
from components.edge_firewall import EdgeFirewall
from components.edge_worker import BindingsArgs, ClientCertificateArgs, EdgeWorker, EdgeWorkerArgs
from components.edge_zone import ZoneTls, ZoneTlsArgs
from regionctl.model.program import Target
from regions.names import EdgeNames, auth_names, edge_names, region_names
from regions.spec import FleetSpec, RegionSpec
from stacks.applied import Applied
from stacks.edge_rules import edge_rules
from stacks.outputs import Out
from stacks.public_list import public_list
from stacks.secret_slots import CLIENT_CERTIFICATE, CLIENT_KEY, CLOUDFLARE_TOKEN
from stacks.table import Table, table
from stacks.worker_code import worker_code

AUTH = "auth"

# The variables that worker/bindings.json asks for.
TABLE, AUTH_ADDRESS, AUTH_TIMEOUT, AUTH_TOKEN = "REGIONS", "AUTH", "AUTH_TIMEOUT_MS", "AUTH_TOKEN"
PUBLIC_LIST = "PUBLIC_REQUESTS"
CLIENT_CERT, LAST_KNOWN = "CLIENT_CERT", "LAST_KNOWN"

# What an edge without a Worker routes by.
NO_ROUTES = Table(localities={}, regions={}, default_locality="")


def edge(fleet: FleetSpec, routed: Sequence[RegionSpec], *, records: Sequence[RegionSpec]) -> None:
    """Declares the edge's resources and exports its outputs.

    `routed` are the regions of the table, `records` those whose origins get DNS records: the same, and some that will
    be routed to. Without a region to route to there is no Worker, and the public domain is left alone.

    Reads its secrets from the stack's config, and the origins from the stacks of the auth service and of `records`.
    """
    opts = _provider(fleet)
    auth = Applied(auth_names(fleet).stack)
    origins = {AUTH: _origin(auth, auth_names(fleet).origin_host)}
    for region in records:
        at = region_names(fleet, region)
        origins[region.name] = _origin(Applied(at.stack), at.origin_host)
    dns = OriginDns("origins", OriginDnsArgs(zone_id=fleet.edge.zone_id, origins=origins), opts)
    ZoneTls("tls", ZoneTlsArgs(zone_id=fleet.edge.zone_id), opts)
    rules = edge_rules(fleet)
    for what in rules.left_out:
        pulumi.warn(what)
    EdgeFirewall("firewall", rules.firewall, opts)
    routes = table(fleet, routed) if routed else NO_ROUTES
    if routed:
        bindings = _bindings(fleet, routes, auth, dns.hosts[AUTH])
        worker = EdgeWorker("worker", _worker(fleet, bindings), opts)
        pulumi.export(Out.HOST, worker.host)
        pulumi.export(Out.SCRIPT_NAME, worker.script_name)
    pulumi.export(Out.ORIGIN_HOSTS, dict(dns.hosts))
    pulumi.export(Out.REGIONS, routes.as_json())
    pulumi.export(Out.TABLE_VERSION, routes.version)
    pulumi.export(Out.PUBLIC_REQUESTS, public_list(fleet).as_json())


def _worker(fleet: FleetSpec, bindings: BindingsArgs) -> EdgeWorkerArgs:
    names = edge_names(fleet)
    return EdgeWorkerArgs(
        account_id=fleet.edge.account_id,
        zone_id=fleet.edge.zone_id,
        name=names.script,
        host=fleet.domain,
        store_title=names.title,
        code=worker_code(),
        bindings=bindings,
        client_certificate=_client_certificate(names),
    )


def _provider(fleet: FleetSpec) -> ResourceOptions | None:
    """The real Cloudflare under a token of the stack's own config; the emulated one asks for none."""
    if fleet.target is Target.SANDBOX:
        return None
    token = pulumi.Config().require_secret(CLOUDFLARE_TOKEN)
    return ResourceOptions(providers=[cloudflare.Provider("cloudflare", api_token=token)])


def _origin(stack: Applied, host: str) -> OriginArgs:
    record = stack.output(Out.CERTIFICATE_DNS_RECORD)
    return OriginArgs(
        host=host,
        address=stack.output(Out.ORIGIN_ADDRESS),
        ownership_name=record.apply(lambda made: str(made["name"])),
        ownership_data=record.apply(lambda made: str(made["data"])),
    )


def _bindings(fleet: FleetSpec, routes: Table, auth: Applied, auth_host: Output[str]) -> BindingsArgs:
    return BindingsArgs(
        json={TABLE: routes.as_json(), PUBLIC_LIST: public_list(fleet).as_json()},
        texts={
            AUTH_ADDRESS: Output.concat("https://", auth_host),
            AUTH_TIMEOUT: str(fleet.edge.auth_timeout_ms),
        },
        secrets={AUTH_TOKEN: auth.output(Out.EDGE_TOKEN)},
        certificate=CLIENT_CERT,
        store=LAST_KNOWN,
    )


def _client_certificate(names: EdgeNames) -> ClientCertificateArgs:
    config = pulumi.Config()
    return ClientCertificateArgs(
        name=names.title,
        certificate_pem=config.require_secret(CLIENT_CERTIFICATE),
        private_key_pem=config.require_secret(CLIENT_KEY),
    )
