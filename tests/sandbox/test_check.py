"""What the emulated Google Cloud refuses before it makes anything, and what it fills in."""

from __future__ import annotations

from typing import Any

import pytest

from regionctl.model.values import UNKNOWN
from regionctl.model.wire import Bag
from regionctl.providers.defaults import DEFAULTS
from tests.sandbox.google import (
    BUCKET,
    CLOUD_PROJECT,
    CRYPTO_KEY,
    INSTANCE,
    KEY_RING,
    NETWORK,
    REGION,
    SUBNET,
    USER,
    Cloud,
    instance,
)

_SUBNET = {"network": "main", "ipCidrRange": "10.0.0.0/20"}


@pytest.mark.parametrize(
    ("type_", "inputs", "path", "reason"),
    [
        (NETWORK, {"autoCreateSubnetwork": True}, "autoCreateSubnetwork", 'did you mean "autoCreateSubnetworks"?'),
        (INSTANCE, instance(settings={"diskSiz": 9}), "settings.diskSiz", 'did you mean "diskSize"?'),
        (NETWORK, {"selfLink": "x"}, "selfLink", "the cloud sets this property"),
        (NETWORK, {"autoCreateSubnetworks": "no"}, "autoCreateSubnetworks", 'expected a boolean, got "no"'),
        (INSTANCE, instance(settings={"diskSize": "20 GB"}), "settings.diskSize", "expected an integer"),
        (INSTANCE, instance(settings={"diskSize": True}), "settings.diskSize", "expected an integer, got true"),
        (SUBNET, {**_SUBNET, "secondaryIpRanges": "x"}, "secondaryIpRanges[0]", 'expected an object, got "x"'),
        (SUBNET, {"ipCidrRange": "10.0.0.0/20"}, "network", "missing required property"),
        (INSTANCE, {"databaseVersion": "POSTGRES_16", "settings": {}}, "settings.tier", "missing required property"),
        (NETWORK, {"routingMode": "ZONAL"}, "routingMode", 'expected one of "REGIONAL", "GLOBAL", got "ZONAL"'),
        (SUBNET, {**_SUBNET, "stackType": "IPV5"}, "stackType", "expected one of"),
        (SUBNET, {**_SUBNET, "stackType": "IPV4ONLY"}, "stackType", 'got "IPV4ONLY"; did you mean "IPV4_ONLY"?'),
        (NETWORK, {"name": "Main"}, "name", "at most 63"),
        (NETWORK, {"name": "a" * 64}, "name", "at most 63"),
        (NETWORK, {"name": "main-"}, "name", "at most 63"),
        (NETWORK, {"name": "main\n"}, "name", "at most 63"),
        (BUCKET, {"name": "Caps", "location": "EU"}, "name", "lower-case"),
        (BUCKET, {"name": "a" * 64, "location": "EU"}, "name", "3 to 63"),
        (BUCKET, {"name": "google-logs", "location": "EU"}, "name", "goog"),
        (BUCKET, {"name": "logs", "location": "europe-west99"}, "location", "a region, multi-region"),
        (KEY_RING, {"name": "a b", "location": "global"}, "name", "1 to 63"),
        (SUBNET, {**_SUBNET, "ipCidrRange": "10.0.0.1/20"}, "ipCidrRange", "without host bits"),
        (SUBNET, {**_SUBNET, "ipCidrRange": "10.0.0.0"}, "ipCidrRange", "CIDR notation"),
        (SUBNET, {**_SUBNET, "ipCidrRange": "10.0.0.0/33"}, "ipCidrRange", "CIDR notation"),
        (
            SUBNET,
            {**_SUBNET, "secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.1.0.1/16"}]},
            "secondaryIpRanges[0].ipCidrRange",
            "without host bits",
        ),
        (NETWORK, {"deletionPolicy": "KEEP"}, "deletionPolicy", "expected DELETE, PREVENT or ABANDON"),
        (SUBNET, {**_SUBNET, "region": "europe-west7"}, "region", "a region of Google Cloud"),
        (NETWORK, {"project": "short"}, "project", "6 to 30"),
        (INSTANCE, instance(name="9lives"), "name", "98 lower-case"),
        (CRYPTO_KEY, {"keyRing": "x", "rotationPeriod": "90d"}, "rotationPeriod", "a duration in seconds"),
    ],
)
def test_a_mistake_is_refused_at_its_path(
    gcp: Cloud, type_: str, inputs: dict[str, Any], path: str, reason: str
) -> None:
    failures = gcp.failures(type_, **inputs)
    assert list(failures) == [path]
    assert reason in failures[path]


def test_properties_that_exclude_each_other_are_refused(gcp: Cloud) -> None:
    failures = gcp.failures(CLOUD_PROJECT, projectId="acme-new", name="acme-new", orgId="1", folderId="2")
    assert 'conflicts with "orgId"' in failures["folderId"]


def test_every_mistake_is_told_at_once(gcp: Cloud) -> None:
    failures = gcp.failures(SUBNET, ipCidrRange="10", regoin="x", stackType="none")
    assert failures.keys() == {"ipCidrRange", "regoin", "stackType", "network"}


def test_a_secret_of_a_wrong_type_is_not_shown(gcp: Cloud) -> None:
    secrets = frozenset({("password",)})
    failures = gcp.failures(USER, secrets=secrets, instance="main", password={"x": "hunter2"})
    assert list(failures) == ["password"]
    assert "hunter2" not in str(failures)


def test_unknown_values_pass_everywhere(gcp: Cloud) -> None:
    assert not gcp.failures(
        SUBNET, name=UNKNOWN, network=UNKNOWN, ipCidrRange=UNKNOWN, secondaryIpRanges=[{"ipCidrRange": UNKNOWN}]
    ).keys() - {"secondaryIpRanges[0].rangeName"}
    assert not gcp.failures(INSTANCE, databaseVersion="POSTGRES_16", settings=UNKNOWN)


def test_a_missing_value_gets_its_default(gcp: Cloud) -> None:
    values = gcp.check(NETWORK, "main", Bag({"name": "main"})).values
    assert values["autoCreateSubnetworks"] is True
    assert "autoCreateSubnetworks" in values[DEFAULTS]


def test_a_given_value_stays(gcp: Cloud) -> None:
    values = gcp.check(NETWORK, "main", Bag({"name": "main", "autoCreateSubnetworks": False})).values
    assert values["autoCreateSubnetworks"] is False
    assert "autoCreateSubnetworks" not in values[DEFAULTS]


def test_a_nested_block_gets_its_defaults(gcp: Cloud) -> None:
    values = gcp.check(SUBNET, "nodes", Bag({**_SUBNET, "name": "nodes", "logConfig": {"flowSampling": 1}})).values
    assert values["logConfig"]["aggregationInterval"] == "INTERVAL_5_SEC"
    assert values["logConfig"]["flowSampling"] == 1


def test_a_generated_name_is_the_same_for_the_same_seed(gcp: Cloud) -> None:
    first, again = (gcp.check(NETWORK, "main", Bag({})).values["name"] for _ in range(2))
    assert first == again
    assert first.startswith("main-")


def test_two_parents_of_a_project_are_one_mistake(gcp: Cloud) -> None:
    given = {"projectId": "acme-lab", "name": "acme-lab", "orgId": "1", "folderId": "2"}
    assert list(gcp.failures(CLOUD_PROJECT, **given)) == ["folderId"]


def test_mistakes_come_in_the_order_of_their_paths(gcp: Cloud) -> None:
    failures = list(gcp.failures(SUBNET, region="eu", name="A", ipCidrRange="10.0.0.1/8", descripton="x"))
    assert failures == sorted(failures)
    assert len(failures) == 5


def test_what_the_provider_refuses_is_not_laid_on_the_api(gcp: Cloud) -> None:
    assert "the API would refuse it" not in gcp.failures(NETWORK, name="Main")["name"]
    assert "the API would refuse it" in gcp.failures(SUBNET, **_SUBNET, region="nowhere")["region"]


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        (INSTANCE, instance(settings={"maintenanceWindow": {"day": 8}}), "settings.maintenanceWindow.day"),
        (INSTANCE, instance(settings={"maintenanceWindow": {"hour": 24}}), "settings.maintenanceWindow.hour"),
        (
            INSTANCE,
            instance(settings={"insightsConfig": {"queryPlansPerMinute": 201}}),
            "settings.insightsConfig.queryPlansPerMinute",
        ),
        (
            INSTANCE,
            instance(settings={"ipConfiguration": {"privateNetwork": "main"}}),
            "settings.ipConfiguration.privateNetwork",
        ),
        ("gcp:compute/router:Router", {"network": "main", "bgp": {"asn": 1}}, "bgp.asn"),
        ("gcp:dns/managedZone:ManagedZone", {"dnsName": "acme.example.", "description": ""}, "description"),
        ("gcp:monitoring/dashboard:Dashboard", {"dashboardJson": "{"}, "dashboardJson"),
        (BUCKET, {"location": "EU", "labels": {"Team": "x"}}, "labels"),
        ("gcp:pubsub/subscription:Subscription", {"topic": "t", "filter": "x" * 257}, "filter"),
        (CLOUD_PROJECT, {"projectId": "acme-lab", "name": "a", "orgId": "1"}, "name"),
        (
            "gcp:projects/iAMMember:IAMMember",
            {"project": "p", "role": "roles/x", "member": "deleted:user:a@b"},
            "member",
        ),
    ],
)
def test_what_a_validator_of_the_provider_refuses_is_refused(
    gcp: Cloud, type_: str, inputs: dict[str, Any], path: str
) -> None:
    assert path in gcp.failures(type_, **inputs)


def test_a_value_is_converted_with_a_warning_that_names_it(gcp: Cloud) -> None:
    warnings = gcp.warnings(NETWORK, autoCreateSubnetworks="false", mtu="1460")
    assert set(warnings) == {"autoCreateSubnetworks", "mtu"}
    values = gcp.check(NETWORK, "main", Bag({"autoCreateSubnetworks": "false", "mtu": "1460"})).values
    assert (values["autoCreateSubnetworks"], values["mtu"]) == (False, 1460)


def test_a_text_for_a_variable_may_be_a_number_or_a_boolean(gcp: Cloud) -> None:
    container = {"image": "web", "envs": [{"name": "PORT", "value": 8080}, {"name": "DEBUG", "value": True}]}
    inputs = {"location": REGION, "template": {"containers": container}}
    checked = gcp.check("gcp:cloudrunv2/service:Service", "api", Bag(inputs))
    assert [env["value"] for env in checked.values["template"]["containers"][0]["envs"]] == ["8080", "true"]


def test_a_secret_that_is_converted_is_not_shown(gcp: Cloud) -> None:
    warnings = gcp.warnings(USER, secrets=frozenset({("password",)}), instance="main", password=4711)
    assert "4711" not in str(warnings)


def test_a_name_is_in_small_letters_where_the_provider_makes_it_so(gcp: Cloud) -> None:
    assert gcp.check(NETWORK, "Main", Bag({})).values["name"].startswith("main-")


def test_a_role_of_an_access_control_list_is_none_of_iam(gcp: Cloud) -> None:
    given = {"bucket": "files", "role": "OWNER", "entity": "group-dev@acme.example"}
    assert not gcp.failures("gcp:storage/bucketAccessControl:BucketAccessControl", **given)


def test_a_secondary_range_may_be_of_ipv6(gcp: Cloud) -> None:
    secondary = {"rangeName": "pods", "ipVersion": "IPV6", "ipCidrRange": "2001:db8:0:2::/64"}
    assert not gcp.failures(SUBNET, network="main", secondaryIpRanges=[secondary])


def test_an_empty_list_is_given_for_rules_about_several_properties(gcp: Cloud) -> None:
    record = {"name": "api.acme.example.", "type": "A", "managedZone": "zone"}
    assert gcp.failures("gcp:dns/recordSet:RecordSet", **record, rrdatas=[]) == {}
    both: dict[str, Any] = {"certificateManagerCertificates": ["origin"], "sslCertificates": []}
    failures = gcp.failures("gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy", name="p", urlMap="u", **both)
    assert "conflicts with" in failures["certificateManagerCertificates"]


def test_a_list_of_one_object_is_no_element_of_a_list(gcp: Cloud) -> None:
    nested = [[{"rangeName": "pods", "ipCidrRange": "10.1.0.0/16"}]]
    failures = gcp.failures(SUBNET, **_SUBNET, secondaryIpRanges=nested)
    assert failures == {"secondaryIpRanges[0]": "expected an object, got a list"}


def test_the_empty_text_is_json(gcp: Cloud) -> None:
    assert gcp.failures("gcp:monitoring/dashboard:Dashboard", dashboardJson="") == {}


def test_a_block_with_nothing_in_it_lacks_what_it_needs_one_of(gcp: Cloud) -> None:
    settings = {"tier": "db-custom-1-3840", "backupConfiguration": {}}
    failures = gcp.failures(INSTANCE, databaseVersion="POSTGRES_16", settings=settings)
    assert "at least one of" in failures["settings.backupConfiguration.backupRetentionSettings"]
    pool = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
    failures = gcp.failures(pool, workloadIdentityPoolId="pool", inlineCertificateIssuanceConfig={})
    assert "exactly one of" in failures["inlineCertificateIssuanceConfig.caPools"]
