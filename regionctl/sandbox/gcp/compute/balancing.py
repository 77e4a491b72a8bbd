"""A regional external load balancer: rule -> proxy -> URL map -> backend service -> endpoint group -> Cloud Run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.values import UNKNOWN, value_at
from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, constant, integer, revision
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import COMPUTE as WORDS
from regionctl.sandbox.gcp.certificatemanager import CERTIFICATE
from regionctl.sandbox.gcp.compute.automatic import NETWORK, SUBNETWORK
from regionctl.sandbox.gcp.compute.firewall import SECURITY_POLICY
from regionctl.sandbox.gcp.compute.network import ADDRESS, COMMON
from regionctl.sandbox.gcp.naming import external_address, same_resource
from regionctl.sandbox.gcp.networksecurity import SERVER_TLS_POLICY

ENDPOINT_GROUP: Final = "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"
BACKEND_SERVICE: Final = "gcp:compute/regionBackendService:RegionBackendService"
URL_MAP: Final = "gcp:compute/regionUrlMap:RegionUrlMap"
HTTPS_PROXY: Final = "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy"
SSL_POLICY: Final = "gcp:compute/regionSslPolicy:RegionSslPolicy"

_IN_REGION: Final = "projects/{project}/regions/{region}"
# The schemes that run on Envoy: https://cloud.google.com/load-balancing/docs/proxy-only-subnets
_MANAGED: Final = frozenset({"EXTERNAL_MANAGED", "INTERNAL_MANAGED"})
# What each profile lets through, shortened to its strongest: https://cloud.google.com/load-balancing/docs/ssl-policies-concepts
_FEATURES: Final = {
    "COMPATIBLE": ["TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"],
    "MODERN": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"],
    "RESTRICTED": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
}


def _held(path: str, to: str, collection: str | None = None) -> Reference:
    """A part of the chain, which stays while the next one points at it. Others kinds of target are not emulated."""
    only = None if collection is None else (lambda value: f"/{collection}/" in value)
    return Reference(path=path, to=(to,), on_delete=OnDelete.BLOCKED, only=only)


def _backend(path: str) -> Reference:
    return _held(path, BACKEND_SERVICE, "backendServices")


def _require_proxies(call: Call) -> None:
    """An Envoy load balancer needs a proxy-only subnet in its network and region."""
    network = call.target("network")
    if call.inputs.get("loadBalancingScheme") not in _MANAGED or network is None:
        return
    subnets = call.tx.of_type(SUBNETWORK, network.project)
    if not any(_serves_proxies(subnet.outputs, network.path, call.scope.get("region")) for subnet in subnets):
        raise CloudError(
            400,
            "invalid",
            "Invalid value for field 'resource.target': An active proxy-only subnetwork is required in the same region"
            " and VPC as the forwarding rule.",
        )


def _serves_proxies(subnet: Mapping[str, Value], network: str, region: Value) -> bool:
    return (
        subnet.get("purpose") == "REGIONAL_MANAGED_PROXY"
        and subnet.get("region") == region
        and subnet.get("role", "ACTIVE") == "ACTIVE"
        and same_resource(subnet.get("network"), network)
    )


def _refuse_taken_address(call: Call) -> None:
    """An address and port belong to one rule."""
    given = call.inputs.get("ipAddress")
    if given is None:
        return
    address, ports = _address(call), call.inputs.get("portRange")
    for rule in call.tx.of_type(call.kind.emulation.token, str(call.scope.get("project"))):
        if rule.outputs.get("ipAddress") == address and rule.outputs.get("portRange") == ports:
            raise CloudError(
                400,
                "invalid",
                f"Invalid value for field 'resource.IPAddress': '{address}'. Specified IP address is in-use and would"
                " result in a conflict.",
            )


def _address(call: Call) -> str:
    given = call.inputs.get("ipAddress")
    reserved = call.target("ipAddress")
    if reserved is not None:
        return str(reserved.outputs["address"])
    return str(given) if given else external_address(call)


def _show_address(call: Call, outputs: dict[str, Value]) -> None:
    """The rule answers with the address itself, whatever form named it."""
    outputs["ipAddress"] = _address(call)


def _known_matchers(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """Every host rule leads to a path matcher, and every path matcher is led to."""
    matchers, rules = inputs.get("pathMatchers") or [], inputs.get("hostRules") or []
    if not isinstance(matchers, list) or not isinstance(rules, list):
        return
    names = {matcher.get("name") for matcher in matchers if isinstance(matcher, dict)}
    for i, rule in enumerate(rules):
        named = rule.get("pathMatcher") if isinstance(rule, dict) else None
        if isinstance(named, str) and all(isinstance(name, str) for name in names) and named not in names:
            yield CheckFailure(f"hostRules[{i}].pathMatcher", f'there is no path matcher "{named}"')


# `backendServiceOnlyManagedFieldNames`: only backends of a balancer that Google's proxies run have these.
_OF_MANAGED: Final = (
    *("capacityScaler", "maxConnections", "maxConnectionsPerInstance", "maxConnectionsPerEndpoint", "maxRate"),
    *("maxRatePerInstance", "maxRatePerEndpoint", "maxUtilization"),
)


def _scaled_backends(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """`customDiffRegionBackendService`: a managed balancer needs a backend that takes requests, another has no say."""
    backends, scheme = inputs.get("backends"), inputs.get("loadBalancingScheme")
    if not isinstance(backends, list) or not backends or not all(isinstance(backend, dict) for backend in backends):
        return
    if scheme in {"INTERNAL_MANAGED", UNKNOWN}:
        return
    if scheme not in {"INTERNAL", "EXTERNAL"}:
        if not any(backend.get("capacityScaler") for backend in backends):
            yield CheckFailure("backends", "a managed backend service needs a backend with a capacityScaler above 0")
        return
    for i, backend in enumerate(backends):
        for name in _OF_MANAGED:
            if backend.get(name):
                yield CheckFailure(f"backends[{i}].{name}", f"it cannot be given where loadBalancingScheme is {scheme}")


def _custom_profile(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """`sslPolicyCustomizeDiff`: features are chosen one by one in the profile CUSTOM, and only there."""
    profile, features = inputs.get("profile"), inputs.get("customFeatures")
    if isinstance(profile, str) and features is not UNKNOWN and (profile == "CUSTOM") is not bool(features):
        yield CheckFailure("customFeatures", "they are given with the profile CUSTOM, and only with it")


def _is_made_anew(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """`forwardingRuleCustomizeDiff`: another service attachment, and global access behind an internal balancer."""
    if all("/serviceAttachments/" in str(inputs.get("target")) for inputs in (old, new)):
        yield "target"
    if new.get("loadBalancingScheme") == "INTERNAL_MANAGED":
        yield "allowGlobalAccess"


def _unlogged(_: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """`suppressWhenDisabled` in resource_compute_region_backend_service.go."""
    if not value_at(new, ("logConfig", "enable")):
        yield from ("logConfig.sampleRate", "logConfig.optionalMode")


EMULATIONS: Final = (
    Emulation(
        token=ENDPOINT_GROUP,
        id=_IN_REGION + "/networkEndpointGroups/{name}",
        title="RegionNetworkEndpointGroup",
        words=WORDS,
        formats={"name": formats.NAME},
        # A serverless group takes the name of a service that need not exist yet.
        references=(Reference(path="network", to=(NETWORK,)), Reference(path="subnetwork", to=(SUBNETWORK,))),
        outputs={"selfLink": COMMON["selfLink"]},
    ),
    Emulation(
        token=BACKEND_SERVICE,
        id=_IN_REGION + "/backendServices/{name}",
        title="RegionBackendService",
        words=WORDS,
        plans=(_scaled_backends,),
        formats={"name": formats.NAME},
        references=(
            _held("backends[].group", ENDPOINT_GROUP, "networkEndpointGroups"),
            _held("securityPolicy", SECURITY_POLICY, "securityPolicies"),
        ),
        ignored=(_unlogged,),
        outputs={
            **COMMON,
            "fingerprint": revision(),
            "generatedId": integer(15),
            "protocol": constant("HTTP"),
            "portName": constant("http"),
            "sessionAffinity": constant("NONE"),
            "timeoutSec": constant(30),
        },
        mutable=frozenset({"fingerprint"}),
    ),
    Emulation(
        token=URL_MAP,
        id=_IN_REGION + "/urlMaps/{name}",
        title="RegionUrlMap",
        words=WORDS,
        formats={"name": formats.NAME},
        checks=(_known_matchers,),
        references=(
            _backend("defaultService"),
            _backend("pathMatchers[].defaultService"),
            _backend("pathMatchers[].pathRules[].service"),
            _backend("pathMatchers[].routeRules[].service"),
        ),
        outputs={**COMMON, "fingerprint": revision(), "mapId": integer(15)},
        mutable=frozenset({"fingerprint"}),
    ),
    Emulation(
        token=SSL_POLICY,
        id=_IN_REGION + "/sslPolicies/{name}",
        title="RegionSslPolicy",
        words=WORDS,
        plans=(_custom_profile,),
        formats={"name": formats.NAME},
        outputs={
            **COMMON,
            "fingerprint": revision(),
            "enabledFeatures": lambda call: (
                call.inputs.get("customFeatures") or _FEATURES.get(call.inputs.get("profile", "COMPATIBLE"), [])
            ),
        },
        mutable=frozenset({"fingerprint", "enabledFeatures"}),
    ),
    Emulation(
        token=HTTPS_PROXY,
        id=_IN_REGION + "/targetHttpsProxies/{name}",
        title="RegionTargetHttpsProxy",
        words=WORDS,
        formats={"name": formats.NAME},
        references=(
            _held("urlMap", URL_MAP),
            _held("certificateManagerCertificates[]", CERTIFICATE, "certificates"),
            _held("sslPolicy", SSL_POLICY),
            _held("serverTlsPolicy", SERVER_TLS_POLICY),
        ),
        outputs={**COMMON, "proxyId": integer(15)},
    ),
    Emulation(
        token="gcp:compute/forwardingRule:ForwardingRule",
        id=_IN_REGION + "/forwardingRules/{name}",
        title="ForwardingRule",
        words=WORDS,
        formats={"name": formats.NAME, "portRange": formats.PORT_RANGE},
        references=(
            _held("target", HTTPS_PROXY, "targetHttpsProxies"),
            _backend("backendService"),
            _held("network", NETWORK),
            _held("subnetwork", SUBNETWORK),
            _held("ipAddress", ADDRESS, "addresses"),
        ),
        on_create=(_require_proxies, _refuse_taken_address),
        refine=_show_address,
        decisions=(_is_made_anew,),
        same={"portRange": lambda old, new: _ports(old) == _ports(new)},
        outputs={
            **COMMON,
            "forwardingRuleId": integer(15),
            "labelFingerprint": revision(),
            "ipAddress": external_address,
            "ipProtocol": constant("TCP"),
            "networkTier": constant("PREMIUM"),
            "baseForwardingRule": "",
            "pscConnectionId": "",
            "pscConnectionStatus": "",
            "serviceName": "",
        },
        mutable=frozenset({"labelFingerprint"}),
    ),
)


def _ports(value: Value) -> Value:
    """`443` and `443-443` are one port: `PortRangeDiffSuppress` of the provider."""
    return value if not isinstance(value, str) or "-" in value else f"{value}-{value}"
