"""`Diff`: what changes, what replaces, and whether the old one goes first."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from regionctl.model.values import UNKNOWN
from tests.sandbox.google import (
    BUCKET,
    CLOUD_PROJECT,
    CRYPTO_KEY,
    INSTANCE,
    KEY_RING,
    NETWORK,
    REGION,
    SUBNET,
    Cloud,
    Refused,
    Resource,
    instance,
)

FIREWALL = "gcp:compute/firewall:Firewall"
SERVICE = "gcp:cloudrunv2/service:Service"
SSL_POLICY = "gcp:compute/regionSslPolicy:RegionSslPolicy"
BACKENDS = "gcp:compute/regionBackendService:RegionBackendService"
ORG_POLICY = "gcp:orgpolicy/policy:Policy"
KIND = provider_pb2.PropertyDiff
_RANGES = {"network": "main", "region": REGION, "ipCidrRange": "10.0.0.0/20"}
_RESTORED = {"tier": "db-f1-micro", "backupConfiguration": {"enabled": True, "pointInTimeRecoveryEnabled": True}}


def _subnet(gcp: Cloud, **more: Any) -> Resource:
    network = gcp.create(NETWORK, "main")
    return gcp.create(SUBNET, "nodes", network=network.id, region=REGION, ipCidrRange="10.0.0.0/20", **more)


def _kinds(gcp: Cloud, resource: Resource, **changes: Any) -> dict[str, int]:
    return {path: change.kind for path, change in gcp.diff(resource, **changes).detailedDiff.items()}


def test_nothing_changes_by_the_same_inputs(gcp: Cloud) -> None:
    subnet = _subnet(gcp, logConfig={"flowSampling": 0.5})
    assert gcp.diff(subnet).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_nested_change_is_told_by_its_path(gcp: Cloud) -> None:
    assert _kinds(
        gcp, gcp.create(INSTANCE, "main", **instance()), settings={"tier": "db-custom-4-16384", "diskSize": 20}
    ) == {"settings.tier": KIND.UPDATE}


def test_what_is_added_and_removed_is_told_as_such(gcp: Cloud) -> None:
    bucket = gcp.create(BUCKET, "files", location="EU", labels={"a": "1", "b": "2"})
    assert _kinds(gcp, bucket, labels={"a": "1", "c": "3"}) == {"labels.b": KIND.DELETE, "labels.c": KIND.ADD}


@pytest.mark.parametrize(
    ("change", "path"),
    [({"name": "other"}, "name"), ({"region": "us-east1"}, "region"), ({"description": "x"}, "description")],
)
def test_a_replacing_property_replaces(gcp: Cloud, change: dict[str, str], path: str) -> None:
    subnet = _subnet(gcp)
    assert gcp.replaces(subnet, **change) == [path]


def test_a_nested_replacing_property_replaces(gcp: Cloud) -> None:
    ring = gcp.create(KEY_RING, "r", location=REGION)
    template = {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"}
    key = gcp.create(CRYPTO_KEY, "k", keyRing=ring.id, versionTemplate=template)
    changed = {**template, "protectionLevel": "HSM"}
    assert gcp.replaces(key, versionTemplate=changed) == ["versionTemplate"]
    assert _kinds(gcp, key, versionTemplate=changed) == {"versionTemplate.protectionLevel": KIND.UPDATE_REPLACE}


def test_a_value_that_is_not_known_yet_replaces_where_its_property_does(gcp: Cloud) -> None:
    subnet = _subnet(gcp)
    assert gcp.replaces(subnet, network=UNKNOWN) == ["network"]
    assert _kinds(gcp, subnet, privateIpGoogleAccess=UNKNOWN) == {"privateIpGoogleAccess": KIND.ADD}


@pytest.mark.parametrize(
    ("range_", "replaces"),
    [("10.0.0.0/16", []), ("10.0.0.0/19", []), ("10.0.0.0/24", ["ipCidrRange"]), ("10.9.0.0/20", ["ipCidrRange"])],
)
def test_a_subnet_may_grow_and_not_shrink_or_move(gcp: Cloud, range_: str, replaces: list[str]) -> None:
    subnet = _subnet(gcp)
    assert gcp.replaces(subnet, ipCidrRange=range_) == replaces


@pytest.mark.parametrize(
    ("resizes", "size", "changes"),
    [
        (False, 100, {"settings.diskSize": KIND.UPDATE}),
        (False, 20, {"settings.diskSize": KIND.UPDATE_REPLACE}),
        (True, 100, {"settings.diskSize": KIND.UPDATE}),
        (True, 20, {}),  # it has grown by itself
    ],
)
def test_a_disk_may_grow_and_not_shrink(gcp: Cloud, resizes: bool, size: int, changes: dict[str, int]) -> None:
    made = gcp.create(INSTANCE, "main", **instance(settings={"diskSize": 50, "diskAutoresize": resizes}))
    given = {"tier": "db-custom-1-3840", "diskSize": size, "diskAutoresize": resizes}
    assert _kinds(gcp, made, settings=given) == changes


def test_a_replacement_with_a_given_name_deletes_first(gcp: Cloud) -> None:
    subnet = _subnet(gcp)
    assert gcp.diff(subnet, region="us-east1").deleteBeforeReplace


def test_a_replacement_with_a_made_up_name_creates_first(gcp: Cloud) -> None:
    found = gcp.diff(_subnet(gcp, name=None), region="us-east1")
    assert list(found.replaces) == ["region"]
    assert not found.deleteBeforeReplace


def test_an_update_never_deletes_first(gcp: Cloud) -> None:
    assert not gcp.diff(
        gcp.create(INSTANCE, "main", **instance()), settings={"tier": "db-custom-4-16384"}
    ).deleteBeforeReplace


def test_what_the_cloud_chose_stays_when_it_is_no_longer_given(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "n", routingMode="GLOBAL")
    assert gcp.diff(network, routingMode=None).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_giving_what_the_cloud_chose_already_changes_nothing(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    assert gcp.diff(network, routingMode="REGIONAL").changes == provider_pb2.DiffResponse.DIFF_NONE
    assert _kinds(gcp, network, routingMode="GLOBAL") == {"routingMode": KIND.UPDATE}


def test_the_order_of_a_set_does_not_matter(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    rule = gcp.create(
        FIREWALL,
        "f",
        network=network.id,
        allows=[{"protocol": "tcp", "ports": ["443"]}, {"protocol": "icmp"}],
        sourceRanges=["10.0.0.0/8", "192.168.0.0/16"],
    )
    turned = [{"protocol": "icmp"}, {"protocol": "tcp", "ports": ["443"]}]
    same = gcp.diff(rule, allows=turned, sourceRanges=["192.168.0.0/16", "10.0.0.0/8"])
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE
    assert _kinds(gcp, rule, sourceRanges=["10.0.0.0/8"]) == {"sourceRanges[1]": KIND.DELETE}


def test_the_order_of_a_list_does(gcp: Cloud) -> None:
    containers = [{"image": "one", "args": ["a", "b"]}]
    service = gcp.create(SERVICE, "api", location=REGION, template={"containers": containers})
    changed = {"containers": [{"image": "one", "args": ["b", "a"]}]}
    assert sorted(_kinds(gcp, service, template=changed)) == [
        "template.containers[0].args[0]",
        "template.containers[0].args[1]",
    ]


@pytest.mark.parametrize("form", ["{id}", "{link}", "main"])
def test_a_resource_may_be_named_in_any_form(gcp: Cloud, form: str) -> None:
    subnet = _subnet(gcp)
    path = subnet["network"]
    named = form.format(id=path, link=f"https://www.googleapis.com/compute/v1/{path}")
    assert gcp.diff(subnet, network=named).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_location_may_be_in_any_case(gcp: Cloud) -> None:
    bucket = gcp.create(BUCKET, "files", location="EUROPE-WEST1")
    assert gcp.replaces(bucket, location="europe-west1") == []
    assert gcp.replaces(bucket, location="US-EAST1") == ["location"]


def test_a_database_that_leaves_its_network_is_replaced(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    reserved = {"purpose": "VPC_PEERING", "addressType": "INTERNAL", "prefixLength": 20}
    gcp.create("gcp:compute/globalAddress:GlobalAddress", "services", network=network.id, **reserved)
    peer = {"service": "servicenetworking.googleapis.com", "reservedPeeringRanges": ["services"]}
    gcp.create("gcp:servicenetworking/connection:Connection", "services", network=network.id, **peer)
    made = gcp.create(INSTANCE, "main", **instance(settings={"ipConfiguration": {"privateNetwork": network.id}}))
    public = {**made.inputs.values["settings"], "ipConfiguration": {"ipv4Enabled": True}}
    assert _kinds(gcp, made, settings=public) == {"settings.ipConfiguration.privateNetwork": KIND.DELETE_REPLACE}
    both = {**public, "ipConfiguration": {"ipv4Enabled": True, "privateNetwork": network.id}}
    assert gcp.replaces(made, settings=both) == []


@pytest.mark.parametrize(("version", "replaces"), [("REDIS_7_2", []), ("REDIS_5_0", ["redisVersion"])])
def test_a_cache_goes_up_in_place_and_is_replaced_where_it_goes_down(
    gcp: Cloud, version: str, replaces: list[str]
) -> None:
    inputs = {"memorySizeGb": 1, "region": REGION}
    cache = gcp.create("gcp:redis/instance:Instance", "cache", redisVersion="REDIS_7_0", **inputs)
    assert gcp.replaces(cache, redisVersion=version) == replaces


@pytest.mark.parametrize("policy", [{"retentionPeriod": "60", "isLocked": False}, None])
def test_a_bucket_whose_retention_is_locked_is_replaced_to_unlock_it(gcp: Cloud, policy: Any) -> None:
    locked = {"retentionPeriod": "60", "isLocked": True}
    bucket = gcp.create(BUCKET, "files", location="EU", retentionPolicy=locked)
    assert len(gcp.replaces(bucket, retentionPolicy=policy)) == 1
    unlocked = gcp.create(BUCKET, "others", location="EU", retentionPolicy={**locked, "isLocked": False})
    assert gcp.replaces(unlocked, retentionPolicy=locked) == []
    assert gcp.replaces(unlocked, retentionPolicy=policy) == []


def test_a_name_that_a_program_no_longer_gives_is_kept(gcp: Cloud) -> None:
    for type_, inputs, name in (
        (INSTANCE, instance(), "name"),
        ("gcp:secretmanager/secret:Secret", {"secretId": "token", "replication": {"auto": {}}}, "secretId"),
        ("gcp:serviceaccount/account:Account", {"accountId": "worker"}, "accountId"),
    ):
        found = gcp.diff(gcp.create(type_, "named-one", **inputs), **{name: None})
        assert found.changes == provider_pb2.DiffResponse.DIFF_NONE, type_


def test_a_default_may_be_left_out_or_written_down(gcp: Cloud) -> None:
    for given, later in (({"autoCreateSubnetworks": True}, None), ({}, True)):
        network = gcp.create(NETWORK, f"n-{later}".lower(), **given)
        assert gcp.diff(network, autoCreateSubnetworks=later).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_what_means_nothing_equals_what_is_not_given(gcp: Cloud) -> None:
    bucket = gcp.create(BUCKET, "files", location="EU")
    same = gcp.diff(bucket, requesterPays=False, cors=[], labels={})
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_key_of_a_secret_changes_in_place(gcp: Cloud) -> None:
    replicas = [{"location": REGION}]
    made = gcp.create(
        "gcp:secretmanager/secret:Secret", "s", secretId="s", replication={"userManaged": {"replicas": replicas}}
    )
    encrypted = [{"location": REGION, "customerManagedEncryption": {"kmsKeyName": "projects/p/k"}}]
    assert gcp.replaces(made, replication={"userManaged": {"replicas": encrypted}}) == []
    moved = [{"location": "europe-west4"}]
    assert gcp.replaces(made, replication={"userManaged": {"replicas": moved}}) == ["replication"]


def test_a_label_of_a_metric_replaces_with_all_that_it_says(gcp: Cloud) -> None:
    label = {"key": "path", "valueType": "STRING", "description": "where"}
    metric = {"metricKind": "DELTA", "valueType": "INT64", "labels": [label]}
    made = gcp.create("gcp:logging/metric:Metric", "m", filter="severity=ERROR", metricDescriptor=metric)
    changed = {**metric, "labels": [{**label, "description": "which"}]}
    assert gcp.replaces(made, metricDescriptor=changed) == ["metricDescriptor"]


def test_a_grant_is_deleted_before_it_is_replaced(gcp: Cloud) -> None:
    given = {"project": "acme-prod", "role": "roles/viewer", "member": "user:a@acme.example"}
    made = gcp.create("gcp:projects/iAMMember:IAMMember", "grant", **given)
    found = gcp.diff(made, role="roles/editor")
    assert (list(found.replaces), found.deleteBeforeReplace) == (["role"], True)
    assert gcp.diff(made, member="user:A@acme.example").changes == provider_pb2.DiffResponse.DIFF_NONE


def test_records_and_json_are_compared_by_what_they_mean(gcp: Cloud) -> None:
    zone = gcp.create("gcp:dns/managedZone:ManagedZone", "zone", dnsName="acme.example.")
    record = {"type": "A", "ttl": 300, "managedZone": zone["name"]}
    made = gcp.create(
        "gcp:dns/recordSet:RecordSet", "api", name="api.acme.example.", rrdatas=["192.0.2.1", "192.0.2.2"], **record
    )
    assert gcp.diff(made, rrdatas=["192.0.2.2", "192.0.2.1"]).changes == provider_pb2.DiffResponse.DIFF_NONE
    board = gcp.create("gcp:monitoring/dashboard:Dashboard", "board", dashboardJson='{"displayName": "b"}')
    assert gcp.diff(board, dashboardJson='{"displayName":"b"}').changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_deletion_policy_that_is_no_longer_given_is_the_types_own_again(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main", deletionPolicy="ABANDON")
    assert _kinds(gcp, network, deletionPolicy=None) == {"deletionPolicy": KIND.UPDATE}
    assert gcp.update(network, deletionPolicy=None)["deletionPolicy"] == "DELETE"
    assert gcp.create(CLOUD_PROJECT, "acme", projectId="acme-kept", orgId="1")["deletionPolicy"] == "PREVENT"


def test_an_empty_name_is_another_name(gcp: Cloud) -> None:
    url_map = gcp.create("gcp:compute/uRLMap:URLMap", "urls", defaultUrlRedirect={"stripQuery": True})
    assert gcp.replaces(url_map, name="") == ["name"]


def test_an_empty_list_that_the_cloud_may_choose_says_nothing(gcp: Cloud) -> None:
    service = gcp.create(SERVICE, "api", location=REGION, template={"containers": [{"image": "a"}]})
    assert gcp.diff(service, traffics=[]).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_an_empty_value_in_a_map_that_the_cloud_fills_says_nothing(gcp: Cloud) -> None:
    def settings(**limits: str) -> dict[str, Any]:
        return {"containers": [{"image": "a", "resources": {"limits": limits}}]}

    service = gcp.create(SERVICE, "api", location=REGION, template=settings(cpu="1", memory="1Gi"))
    same = gcp.diff(service, template=settings(cpu="1", memory=""))
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE
    labelled = gcp.create(BUCKET, "files", location="EU", labels={"a": "1"})
    assert _kinds(gcp, labelled, labels={"a": ""}) == {"labels.a": KIND.UPDATE}


def test_what_suppresses_a_lists_differences_is_asked_for_its_elements(gcp: Cloud) -> None:
    proxy = "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy"
    link = f"projects/acme-prod/locations/{REGION}/certificates/origin"
    gcp.create(
        "gcp:certificatemanager/certificate:Certificate",
        "origin",
        location=REGION,
        managed={"domains": ["a.acme.example"]},
    )
    service = gcp.create("gcp:compute/regionBackendService:RegionBackendService", "api", region=REGION)
    urls = gcp.create("gcp:compute/regionUrlMap:RegionUrlMap", "urls", region=REGION, defaultService=service.id)
    made = gcp.create(proxy, "https", region=REGION, urlMap=urls.id, certificateManagerCertificates=[link])
    same = gcp.diff(made, certificateManagerCertificates=["origin"])
    assert same.changes == provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize(
    ("type_", "inputs", "reason"),
    [
        (NETWORK, {"autoCreateSubnetworks": 1}, "autoCreateSubnetworks: a boolean is required"),
        (SUBNET, {**_RANGES, "secondaryIpRanges": [None]}, r"secondaryIpRanges\[0\]: null value found in list"),
        (SUBNET, {**_RANGES, "logConfig": {"flowSampling": True}}, "logConfig.flowSampling: a number is required"),
        (INSTANCE, {"databaseVersion": "MYSQL_8_4", "settings": _RESTORED}, "pointInTimeRecoveryEnabled: only Postgre"),
        (SSL_POLICY, {"region": REGION, "profile": "CUSTOM"}, "customFeatures: they are given with"),
        (BACKENDS, {"backends": [{"group": "g", "maxRate": 1}]}, r"backends\[0\].maxRate: it cannot be given"),
    ],
)
def test_what_the_check_takes_and_no_plan_can_be_made_of_is_refused_by_the_plan(
    gcp: Cloud, type_: str, inputs: dict[str, Any], reason: str
) -> None:
    gcp.create(NETWORK, "main")
    with pytest.raises(Refused, match=reason):
        gcp.preview(type_, "r", **inputs)
    with pytest.raises(Refused, match=reason):
        gcp.create(type_, "r", **inputs)


def test_an_update_is_refused_by_the_plan_too(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    with pytest.raises(Refused, match="a boolean is required"):
        gcp.diff(network, autoCreateSubnetworks=0)


def test_a_list_that_is_emptied_or_filled_is_told_as_a_whole_and_a_map_by_its_keys(gcp: Cloud) -> None:
    cors = [{"origins": ["*"]}, {"origins": ["https://acme.example"]}]
    bucket = gcp.create(BUCKET, "files", location="EU", labels={"a": "1", "b": "2"}, cors=cors)
    assert _kinds(gcp, bucket, cors=[]) == {"cors": KIND.DELETE}
    assert _kinds(gcp, bucket, labels=None) == {"labels.a": KIND.DELETE, "labels.b": KIND.DELETE}


def test_only_some_properties_make_another_backend(gcp: Cloud) -> None:
    group = f"projects/acme-prod/regions/{REGION}/networkEndpointGroups/api"
    scheme = {"region": REGION, "loadBalancingScheme": "EXTERNAL_MANAGED"}
    gcp.create("gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup", "api", region=REGION)
    made = gcp.create(BACKENDS, "api", **scheme, backends=[{"group": group, "capacityScaler": 1}])
    same = [{"group": group, "capacityScaler": 1, "maxUtilization": 0.5, "trafficDuration": "LONG"}]
    assert gcp.diff(made, backends=same).changes == provider_pb2.DiffResponse.DIFF_NONE
    assert list(gcp.diff(made, backends=[{"group": group, "capacityScaler": 0.5}]).diffs) == ["backends"]


def test_what_is_left_out_of_a_policys_rules_is_not_seen(gcp: Cloud) -> None:
    name = "projects/acme-prod/policies/sql.restrictPublicIp"
    policy = gcp.create(ORG_POLICY, name, name=name, parent="projects/acme-prod", spec={"rules": [{"enforce": "TRUE"}]})
    left_out: list[dict[str, Any]] = [{}, {"rules": []}, {"rules": [{}]}]
    for spec in left_out:
        assert gcp.diff(policy, spec=spec).changes == provider_pb2.DiffResponse.DIFF_NONE
    assert list(gcp.diff(policy, spec={"rules": [{"enforce": "FALSE"}]}).diffs) == ["spec"]
    assert list(gcp.diff(policy, spec={"rules": [{"enforce": "TRUE", "condition": {}}]}).diffs) == ["spec"]
