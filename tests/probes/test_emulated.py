"""In a sandbox the way of a request is followed from the load balancer to a service that exists."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from regionctl.model.wire import Bag
from regionctl.probes import Origin
from regionctl.probes.emulated import EmulatedProbe
from regionctl.sandbox.store import Store

HOST, ADDRESS, PROJECT = "eu-west.origin.example.com", "198.18.0.7", "acme-prod-eu-west-1"
ORIGIN = Origin(fleet="prod", region="eu-west", host=HOST, address=ADDRESS)
HOME = f"projects/{PROJECT}/regions/europe-west1"
LINK = f"https://www.googleapis.com/compute/v1/{HOME}"
CERTIFICATE = f"projects/{PROJECT}/locations/europe-west1/certificates/origin"

Cloud = dict[str, dict[str, Any]]


def cloud() -> Cloud:
    """What an applied region has between its address and its API, by Pulumi type."""
    return {
        "gcp:compute/forwardingRule:ForwardingRule": {
            "id": f"{HOME}/forwardingRules/https",
            "ipAddress": ADDRESS,
            "target": f"{HOME}/targetHttpsProxies/https",
        },
        "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy": {
            "id": f"{HOME}/targetHttpsProxies/https",
            "urlMap": f"{HOME}/urlMaps/paths",
            "certificateManagerCertificates": [f"//certificatemanager.googleapis.com/{CERTIFICATE}"],
        },
        "gcp:certificatemanager/certificate:Certificate": {"id": CERTIFICATE},
        "gcp:compute/regionUrlMap:RegionUrlMap": {
            "id": f"{HOME}/urlMaps/paths",
            "defaultService": f"{HOME}/backendServices/api",
            "hostRules": [{"hosts": [HOST], "pathMatcher": "paths"}],
            "pathMatchers": [{"defaultService": f"{LINK}/backendServices/api", "name": "paths"}],
        },
        "gcp:compute/regionBackendService:RegionBackendService": {
            "id": f"{HOME}/backendServices/api",
            "backends": [{"group": f"{HOME}/networkEndpointGroups/api"}],
        },
        "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup": {
            "id": f"{HOME}/networkEndpointGroups/api",
            "cloudRun": {"service": "api"},
        },
        "gcp:cloudrunv2/service:Service": {
            "id": f"projects/{PROJECT}/locations/europe-west1/services/api",
            "name": "api",
        },
    }


def ask(folder: Path, resources: Mapping[str, Mapping[str, Any]]) -> tuple[bool, str]:
    result = emulated(folder, resources)(ORIGIN)
    return result.answers, result.said


def emulated(folder: Path, resources: Mapping[str, Mapping[str, Any]]) -> EmulatedProbe:
    data = folder / "prod.db"
    with contextlib.closing(Store(data)) as store, store.transaction() as clouds:
        for type_, values in resources.items():
            bag = Bag({key: value for key, value in values.items() if key != "id"})
            clouds.insert(
                type_=type_,
                id_=values["id"],
                path=values["id"],
                name=type_,
                project=PROJECT,
                parent=None,
                inputs=bag,
                outputs=bag,
                now_s=0.0,
            )
    return EmulatedProbe(data)


def test_a_load_balancer_that_leads_to_a_service_answers(tmp_path: Path) -> None:
    assert ask(tmp_path, cloud()) == (True, "its load balancer leads to api")


@pytest.mark.parametrize("missing", sorted(cloud()))
def test_a_way_that_ends_early_is_no_answer(tmp_path: Path, missing: str) -> None:
    resources = {type_: values for type_, values in cloud().items() if type_ != missing}
    answers, said = ask(tmp_path, resources)
    assert not answers
    assert ("does not exist" in said) is (missing != "gcp:compute/forwardingRule:ForwardingRule")


@pytest.mark.parametrize(
    ("type_", "key", "value", "said"),
    [
        (
            "compute/forwardingRule:ForwardingRule",
            "ipAddress",
            "198.18.0.8",
            f"no forwarding rule takes requests at {ADDRESS}",
        ),
        (
            "compute/forwardingRule:ForwardingRule",
            "target",
            None,
            "ForwardingRule https leads to nothing, which does not exist",
        ),
        (
            "compute/regionTargetHttpsProxy:RegionTargetHttpsProxy",
            "certificateManagerCertificates",
            [],
            "RegionTargetHttpsProxy https has no certificate",
        ),
        ("compute/regionUrlMap:RegionUrlMap", "hostRules", [], "RegionUrlMap paths does not know the host"),
        (
            "compute/regionBackendService:RegionBackendService",
            "backends",
            [],
            "RegionBackendService api has no endpoint group",
        ),
        (
            "compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup",
            "cloudRun",
            {"service": "sync"},
            "RegionNetworkEndpointGroup api leads to a Cloud Run service 'sync', which does not exist",
        ),
    ],
)
def test_a_way_that_is_not_wired_is_no_answer(tmp_path: Path, type_: str, key: str, value: Any, said: str) -> None:
    resources = cloud()
    resources[f"gcp:{type_}"][key] = value
    assert ask(tmp_path, resources) == (False, said)


def test_an_empty_cloud_is_no_answer_and_is_not_made(tmp_path: Path) -> None:
    data = tmp_path / "prod.db"
    assert not EmulatedProbe(data)(ORIGIN).answers
    assert not data.exists()


AUTHORITY = "-----BEGIN CERTIFICATE-----"
PROXY = "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy"
POLICY = "gcp:networksecurity/serverTlsPolicy:ServerTlsPolicy"
TRUST = "gcp:certificatemanager/trustConfig:TrustConfig"
PLACE = f"projects/{PROJECT}/locations/europe-west1"


def guarded() -> Cloud:
    """A load balancer that lets in those whom the authority signed."""
    resources = cloud()
    resources[PROXY]["serverTlsPolicy"] = f"{PLACE}/serverTlsPolicies/origin"
    mtls = {"clientValidationMode": "REJECT_INVALID", "clientValidationTrustConfig": f"{PLACE}/trustConfigs/clients"}
    resources[POLICY] = {"id": f"{PLACE}/serverTlsPolicies/origin", "mtlsPolicy": mtls}
    anchors = [{"trustAnchors": [{"pemCertificate": AUTHORITY}]}]
    resources[TRUST] = {"id": f"{PLACE}/trustConfigs/clients", "trustStores": anchors}
    return resources


def test_a_load_balancer_that_asks_for_the_edge_s_certificate_has_no_gap(tmp_path: Path) -> None:
    assert emulated(tmp_path, guarded()).gap(ORIGIN, AUTHORITY) is None


@pytest.mark.parametrize(
    ("type_", "changes", "gap"),
    [
        (PROXY, {"serverTlsPolicy": None}, "RegionTargetHttpsProxy https asks for no client certificate"),
        (
            POLICY,
            {"mtlsPolicy": {"clientValidationMode": "ALLOW_INVALID_OR_MISSING_CLIENT_CERT"}},
            "ServerTlsPolicy origin lets clients in without a valid certificate",
        ),
        (
            TRUST,
            {"trustStores": [{"trustAnchors": [{"pemCertificate": "another"}]}]},
            "TrustConfig clients trusts another authority than the stack's config says",
        ),
        (
            TRUST,
            {"trustStores": []},
            "TrustConfig clients trusts another authority than the stack's config says",
        ),
    ],
    ids=["nothing asked", "nothing required", "another authority", "no authority"],
)
def test_a_gap_is_told(tmp_path: Path, type_: str, changes: dict[str, Any], gap: str) -> None:
    resources = guarded()
    resources[type_] |= changes
    assert emulated(tmp_path, resources).gap(ORIGIN, AUTHORITY) == gap
