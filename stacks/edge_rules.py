"""What the edge refuses before the Worker runs: the rules of one fleet, as far as its Cloudflare plan has them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from components.edge_firewall import BlockArgs, EdgeFirewallArgs, RateLimitArgs
from regions.edge import LIMITS, EdgeSpec, PlanLimits
from regions.names import edge_names
from regions.public_requests import ANY, KEY, REST
from regions.spec import FleetSpec

MINUTE_S = 60

# A request shows a credential where the Worker would take one (`readCredential` in worker/src/credentials.js). A header
# that is not there is a missing value, with which every comparison is false, so that only `not len(...) > 0` is true of
# it (https://developers.cloudflare.com/ruleset-engine/rules-language/values/#maps). The cookie is looked for as it is
# sent: in Cloudflare's map of cookies the names are URL-decoded, so that somebody could write one there which the
# Worker does not know, and try passwords past the limit
# (https://developers.cloudflare.com/ruleset-engine/rules-language/fields/reference/http.request.cookies/).
_HEADERS = ("authorization", "x-api-key")
_SESSION = r'http.cookie matches r"(^|;)[ \t]*__Host-session[ \t]*=[ \t]*[^; \t]"'
NO_CREDENTIAL = " and ".join(
    [f"not {_SESSION}", *(f'not len(http.request.headers["{header}"]) > 0' for header in _HEADERS)]
)
CHANGES = 'not http.request.method in {"GET" "HEAD" "OPTIONS"}'


@dataclass(frozen=True, kw_only=True)
class EdgeRules:
    """`left_out` says, a line each, what the fleet's specs ask for and its plan does not have."""

    firewall: EdgeFirewallArgs
    left_out: tuple[str, ...]


def edge_rules(fleet: FleetSpec) -> EdgeRules:
    """Rules for the public domain alone. What security hangs on is not left out: such a spec is refused before."""
    edge, limits = fleet.edge, LIMITS[fleet.edge.plan]
    here = f'http.host eq "{fleet.domain}"'
    wanted = {
        "sign-ins": _limit(_sign_ins(here, edge, limits), _SIGN_INS, edge.sign_ins_per_minute, limits),
        "requests": _limit([here], _REQUESTS, edge.requests_per_minute, limits),
    }
    if edge.public_requests:
        wanted["public-requests"] = _limit(_public(here, edge), _PUBLIC, edge.public_requests_per_minute, limits)
    kept = dict(list(wanted.items())[: limits.rate_limits])
    left_out = []
    if "requests" not in kept:
        left_out.append(f"no limit of requests: plan {edge.plan} has one rate limit, which sign-ins take")
    if edge.public_requests and "public-requests" not in kept:
        left_out.append(
            f"no limit of public requests by themselves: plan {edge.plan} has {limits.rate_limits} rate limits"
        )
    if not limits.managed_rules:
        left_out.append(f"no managed rules of ours: plan {edge.plan} has only those that Cloudflare applies by itself")
    firewall = EdgeFirewallArgs(
        zone_id=edge.zone_id,
        title=edge_names(fleet).title,
        managed=limits.managed_rules,
        blocks={
            "methods": BlockArgs(
                expression=f'({here} and http.request.method in {{"CONNECT" "TRACE" "TRACK"}})',
                description="Methods that no client of the product uses.",
            ),
        },
        rate_limits=kept,
    )
    return EdgeRules(firewall=firewall, left_out=tuple(left_out))


_SIGN_INS = "Sign-ins and sign-ups from one address."
_REQUESTS = "Everything from one address."
_PUBLIC = "Requests with nobody's credential from one address: webhooks, callbacks, links, files."


def _sign_ins(here: str, edge: EdgeSpec, limits: PlanLimits) -> list[str]:
    """By their paths where those are named, else what changes something without a credential.

    The zone is the fleet's alone, so that the host may stay out of a plan's expression that cannot ask for it.
    """
    if not edge.sign_in_paths:
        return [here, CHANGES, NO_CREDENTIAL]
    paths = " ".join(f'"{path}"' for path in edge.sign_in_paths)
    terms = {here: limits.by_host, CHANGES: limits.by_method, f"http.request.uri.path in {{{paths}}}": True}
    return [term for term, possible in terms.items() if possible]


def _public(here: str, edge: EdgeSpec) -> list[str]:
    """By their paths, and what looks like them: a star stands for any characters, slashes among them, whatever the case
    (https://developers.cloudflare.com/ruleset-engine/rules-language/operators/#wildcard-matching).
    """
    paths = sorted(_with_stars(spec.path) for spec in edge.public_requests.values())
    return [here, "(" + " or ".join(f'http.request.uri.path wildcard "{path}"' for path in paths) + ")"]


def _with_stars(path: str) -> str:
    """`/files/{key}/**` is `/files/*`: one star takes it all, and two side by side are no pattern of Cloudflare's."""
    stars = "/".join("*" if segment in (KEY, ANY) else segment for segment in path.split("/"))
    return stars if REST not in stars else stars.removesuffix(f"/{REST}").removesuffix("*") + "*"


def _limit(terms: list[str], description: str, per_minute: int, limits: PlanLimits) -> RateLimitArgs:
    period_s = min(MINUTE_S, limits.period_s)
    return RateLimitArgs(
        expression=f"({' and '.join(terms)})",
        description=description,
        requests=ceil(per_minute * period_s / MINUTE_S),
        period_s=period_s,
        refused_for_s=period_s,
    )
