"""Load balancer: how it speaks TLS, what it refuses, what it writes down."""

from __future__ import annotations

from collections.abc import Iterator

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import Found, at, fields, is_absent, is_known, is_set, items
from regionctl.render import Resource

from .rule import Objection, Rule, equals, of, wrong

AREA = "load balancer"

SSL_POLICY = "gcp:compute/sSLPolicy:SSLPolicy"
REGION_SSL_POLICY = "gcp:compute/regionSslPolicy:RegionSslPolicy"
# The policy that each proxy takes: a regional one takes no global policy.
# https://cloud.google.com/load-balancing/docs/ssl-policies-concepts
POLICY_OF = {
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": SSL_POLICY,
    "gcp:compute/targetSSLProxy:TargetSSLProxy": SSL_POLICY,
    "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy": REGION_SSL_POLICY,
}
ARMOR = ("gcp:compute/securityPolicy:SecurityPolicy", "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy")
ARMOR_RULES = (
    "gcp:compute/securityPolicyRule:SecurityPolicyRule",
    "gcp:compute/regionSecurityPolicyRule:RegionSecurityPolicyRule",
)
BACKENDS = ("gcp:compute/backendService:BackendService", "gcp:compute/regionBackendService:RegionBackendService")

# What Google's preconfigured rule against CVE-2021-44228 is called, old and new.
# https://cloud.google.com/armor/docs/waf-rules#cves_and_other_vulnerabilities
LOG4J = ("evaluatePreconfiguredExpr('cve-canary')", "evaluatePreconfiguredWaf('cve-canary')")


def _serves_the_internet(backend: Resource) -> bool:
    """Left out, the scheme of a backend service is EXTERNAL."""
    scheme = at(backend, "loadBalancingScheme")
    return not is_set(scheme) or str(scheme).startswith("EXTERNAL")


def _balancing(graph: Graph) -> list[Resource]:
    return [*graph.of(*ARMOR), *filter(_serves_the_internet, graph.of(*BACKENDS))]


def _tls_1_2(resource: Resource, graph: Graph) -> Iterator[Objection]:
    if resource.type in POLICY_OF:
        yield from _has_policy(resource, graph)
        return
    yield from equals("minTlsVersion", "TLS_1_2", "TLS_1_3")(resource, graph)
    yield from equals("profile", "MODERN", "RESTRICTED", "FIPS_202205")(resource, graph)


def _has_policy(proxy: Resource, graph: Graph) -> Iterator[Objection]:
    """Without a policy a proxy falls back on Google's own, which takes TLS 1.0."""
    kind = POLICY_OF[proxy.type]
    policy = graph.source(at(proxy, "sslPolicy"))
    if policy is None or policy.type != kind:
        yield wrong("sslPolicy", at(proxy, "sslPolicy"), f"the id of a {kind.rpartition(':')[2]} of this stack")


def _guarded(resource: Resource, graph: Graph) -> Iterator[Objection]:
    if resource.type in ARMOR:
        if not any(_refuses_log4j(rule) for rule in _rules(resource, graph)):
            yield Objection(message=f"no rule denies {LOG4J[0]}")
        return
    policy = graph.source(at(resource, "securityPolicy"))
    if policy is None or policy.type not in ARMOR:
        yield wrong("securityPolicy", at(resource, "securityPolicy"), "the link of a security policy of this stack")


def _rules(policy: Resource, graph: Graph) -> Iterator[Found]:
    yield from items(at(policy, "rules"))
    for rule in graph.of(*ARMOR_RULES):
        named = at(rule, "securityPolicy")
        if graph.source(named) is policy or (is_known(named) and named == at(policy, "name")):
            yield rule.inputs


def _refuses_log4j(rule: Found) -> bool:
    expression = fields(fields(fields(rule).get("match")).get("expr")).get("expression")
    denies = str(fields(rule).get("action")).startswith("deny")
    return expression in LOG4J and denies and fields(rule).get("preview") in (None, False)


def _logged(resource: Resource, graph: Graph) -> Iterator[Objection]:
    yield from equals("logConfig.enable", True)(resource, graph)
    rate = at(resource, "logConfig.sampleRate")  # left out, every request is logged
    if not is_absent(rate) and rate != 1:
        yield wrong("logConfig.sampleRate", rate, "1")


RULES_OF_LOAD_BALANCER = (
    Rule(
        id="CKV_GCP_4",
        also=("AVD-GCP-0039", "CIS 3.9"),
        area=AREA,
        claim="the load balancer speaks TLS 1.2 or newer, with strong ciphers",
        mend="give the proxy an SSL policy of its own kind, with min_tls_version=TLS_1_2 and profile=RESTRICTED",
        subjects=of(*POLICY_OF, SSL_POLICY, REGION_SSL_POLICY),
        objections=_tls_1_2,
    ),
    Rule(
        id="CKV_GCP_73",
        area=AREA,
        claim="Cloud Armor stands in front of every backend and refuses Log4j's lookups",
        mend="give the backend a security policy with a rule that denies evaluatePreconfiguredExpr('cve-canary')",
        subjects=_balancing,
        objections=_guarded,
    ),
    Rule(
        id="CIS 2.16",
        area=AREA,
        claim="the load balancer logs every request",
        mend="set log_config with enable=True and sample_rate=1.0 on the backend service",
        subjects=of(*BACKENDS, when=_serves_the_internet),
        objections=_logged,
    ),
)
