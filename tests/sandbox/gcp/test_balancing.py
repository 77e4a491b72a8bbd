"""A regional load balancer: its parts refer to each other, and stay while they are referred to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.google import NETWORK, REGION, SUBNET, Cloud, Refused, Resource

GROUP = "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup"
BACKEND = "gcp:compute/regionBackendService:RegionBackendService"
URL_MAP = "gcp:compute/regionUrlMap:RegionUrlMap"
SSL_POLICY = "gcp:compute/regionSslPolicy:RegionSslPolicy"
PROXY = "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy"
TLS_POLICY = "gcp:networksecurity/serverTlsPolicy:ServerTlsPolicy"
TRUST_CONFIG = "gcp:certificatemanager/trustConfig:TrustConfig"
RULE = "gcp:compute/forwardingRule:ForwardingRule"
ADDRESS = "gcp:compute/address:Address"
CERTIFICATE = "gcp:certificatemanager/certificate:Certificate"
AUTHORIZATION = "gcp:certificatemanager/dnsAuthorization:DnsAuthorization"
SCHEME = {"loadBalancingScheme": "EXTERNAL_MANAGED"}


def _backend(gcp: Cloud) -> Resource:
    group = gcp.create(GROUP, "api", region=REGION, cloudRun={"service": "api"})
    return gcp.create(
        BACKEND, "api", region=REGION, protocol="HTTPS", backends=[{"group": group.id, "capacityScaler": 1}], **SCHEME
    )


def _certificate(gcp: Cloud) -> Resource:
    proof = gcp.create(AUTHORIZATION, "app", location=REGION, domain="app.example.com")
    managed = {"domains": ["app.example.com"], "dnsAuthorizations": [proof.id]}
    return gcp.create(CERTIFICATE, "app", location=REGION, managed=managed)


def _proxy(gcp: Cloud, **more: Any) -> Resource:
    urls = gcp.create(URL_MAP, "app", region=REGION, defaultService=_backend(gcp).id)
    certificates = [_certificate(gcp).id]
    return gcp.create(PROXY, "app", region=REGION, urlMap=urls.id, certificateManagerCertificates=certificates, **more)


def _network(gcp: Cloud, **proxies: Any) -> Resource:
    network = gcp.create(NETWORK, "main")
    inputs = {"region": REGION, "purpose": "REGIONAL_MANAGED_PROXY", "role": "ACTIVE", **proxies}
    gcp.create(SUBNET, "proxies", network=network.id, ipCidrRange="10.0.0.0/23", **inputs)
    return network


def _rule(gcp: Cloud, name: str, network: Resource, proxy: Resource, **more: Any) -> Resource:
    return gcp.create(RULE, name, region=REGION, network=network.id, target=proxy.id, portRange="443", **SCHEME, **more)


def test_a_whole_load_balancer_answers_with_its_address(gcp: Cloud) -> None:
    address = gcp.create(ADDRESS, "app", region=REGION)
    rule = _rule(gcp, "app", _network(gcp), _proxy(gcp), ipAddress=address.id)
    assert rule.id == f"projects/acme-prod/regions/{REGION}/forwardingRules/app"
    assert rule["ipAddress"] == address["address"]


def test_a_rule_without_an_address_gets_one_that_is_nobodys(gcp: Cloud) -> None:
    address = _rule(gcp, "app", _network(gcp), _proxy(gcp))["ipAddress"]
    assert address.startswith(("198.18.", "198.19."))


@pytest.mark.parametrize("proxies", [{"purpose": "PRIVATE", "role": None}, {"region": "us-east1"}, {"role": "BACKUP"}])
def test_a_rule_needs_a_subnet_for_proxies_in_its_region(gcp: Cloud, proxies: dict[str, Any]) -> None:
    network, proxy = _network(gcp, **proxies), _proxy(gcp)
    with pytest.raises(Refused, match="An active proxy-only subnetwork is required"):
        _rule(gcp, "app", network, proxy)


def test_an_address_and_port_belong_to_one_rule(gcp: Cloud) -> None:
    network, proxy = _network(gcp), _proxy(gcp)
    address = gcp.create(ADDRESS, "app", region=REGION)["address"]
    _rule(gcp, "app", network, proxy, ipAddress=address)
    with pytest.raises(Refused, match="Specified IP address is in-use"):
        _rule(gcp, "other", network, proxy, ipAddress=address)


def test_every_part_stays_while_the_next_one_points_at_it(gcp: Cloud) -> None:
    backend = _backend(gcp)
    group_in_use = Resource(GROUP, "api", backend["backends"][0]["group"], backend.inputs, backend.outputs)
    urls = gcp.create(URL_MAP, "app", region=REGION, defaultService=backend.id)
    for held in (group_in_use, backend):
        with pytest.raises(Refused, match="is already being used by"):
            gcp.delete(held)
    gcp.delete(urls)
    gcp.delete(backend)
    gcp.delete(group_in_use)


def test_a_certificate_stays_while_a_proxy_shows_it(gcp: Cloud) -> None:
    proxy = _proxy(gcp)
    shown = gcp.import_(CERTIFICATE, proxy["certificateManagerCertificates"][0])
    assert shown is not None
    with pytest.raises(Refused, match="used by"):
        gcp.delete(shown)


def test_what_a_part_points_at_must_exist(gcp: Cloud) -> None:
    missing = f"projects/acme-prod/regions/{REGION}/backendServices/nothing"
    with pytest.raises(Refused, match="cannot be found"):
        gcp.create(URL_MAP, "app", region=REGION, defaultService=missing)


def test_a_host_rule_leads_to_a_path_matcher(gcp: Cloud) -> None:
    inputs = {"region": REGION, "defaultService": "b", "hostRules": [{"hosts": ["a.example.com"], "pathMatcher": "p"}]}
    assert list(gcp.failures(URL_MAP, **inputs)) == ["hostRules[0].pathMatcher"]
    assert gcp.failures(URL_MAP, **inputs, pathMatchers=[{"name": "p", "defaultService": "b"}]) == {}


def test_a_port_is_a_range_of_one(gcp: Cloud) -> None:
    rule = _rule(gcp, "app", _network(gcp), _proxy(gcp))
    assert gcp.replaces(rule, portRange="443-443") == []
    assert gcp.replaces(rule, portRange="8443") == ["portRange"]


def test_a_tls_policy_lists_what_it_lets_through(gcp: Cloud) -> None:
    policy = gcp.create(SSL_POLICY, "tls", region=REGION, profile="RESTRICTED", minTlsVersion="TLS_1_2")
    assert policy["enabledFeatures"]
    assert all("ECDHE" in feature for feature in policy["enabledFeatures"])


def test_labels_of_a_client_check_stay_while_a_proxy_uses_it(gcp: Cloud) -> None:
    trust = gcp.create(TRUST_CONFIG, "clients", location=REGION)
    mtls = {"clientValidationMode": "REJECT_INVALID", "clientValidationTrustConfig": trust.id}
    check = gcp.create(TLS_POLICY, "clients", location=REGION, mtlsPolicy=mtls, labels={"team": "a"})
    check = gcp.update(check, labels={"team": "b"})
    _proxy(gcp, serverTlsPolicy=check.id)
    with pytest.raises(Refused, match="labels"):
        gcp.update(check, labels={"team": "c"})
    assert gcp.update(check, description="Of the edge.")
