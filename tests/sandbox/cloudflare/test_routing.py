from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloudflare.cloud import (
    ACCOUNT,
    KV,
    OTHER_ACCOUNT,
    OTHER_ZONE,
    RECORD,
    SCRIPT,
    ZONE,
    Cloud,
    Refused,
    script,
)

ROUTE, DOMAIN = "WorkersRoute", "WorkersCustomDomain"


def _domain(**more: Any) -> dict[str, Any]:
    return {"accountId": ACCOUNT, "zoneId": ZONE, "hostname": "app.example.com", "service": "edge", **more}


def test_a_route_needs_its_script(cloud: Cloud) -> None:
    with pytest.raises(Refused) as refused:
        cloud.create(ROUTE, "r", zoneId=ZONE, pattern="example.com/*", script="edge")
    assert refused.value.code == 10007
    cloud.create(SCRIPT, "s", **script())
    assert len(cloud.create(ROUTE, "r", zoneId=ZONE, pattern="example.com/*", script="edge").id) == 32


def test_a_route_without_a_script_lets_requests_pass(cloud: Cloud) -> None:
    cloud.create(ROUTE, "r", zoneId=ZONE, pattern="example.com/static/*")


def test_a_zone_has_one_route_a_pattern(cloud: Cloud) -> None:
    cloud.create(ROUTE, "a", zoneId=ZONE, pattern="example.com/*")
    cloud.create(ROUTE, "b", zoneId=OTHER_ZONE, pattern="example.com/*")
    with pytest.raises(Refused) as refused:
        cloud.create(ROUTE, "c", zoneId=ZONE, pattern="example.com/*")
    assert refused.value.code == 10020


@pytest.mark.parametrize("pattern", ["*.example.com/*", "example.com/", "https://example.com/a/*", "*example.com"])
def test_a_route_may_have_wildcards_at_its_ends(cloud: Cloud, pattern: str) -> None:
    assert cloud.failures(ROUTE, zoneId=ZONE, pattern=pattern) == {}


@pytest.mark.parametrize("pattern", ["app.*.com/*", "example.com/*/a", "example.com/*?a=1", "ftp://example.com/*"])
def test_a_route_may_have_none_in_between_and_no_query(cloud: Cloud, pattern: str) -> None:
    assert list(cloud.failures(ROUTE, zoneId=ZONE, pattern=pattern)) == ["pattern"]


def test_a_custom_domain_gets_a_certificate(cloud: Cloud) -> None:
    cloud.create(SCRIPT, "s", **script())
    made = cloud.create(DOMAIN, "d", **_domain())
    assert len(made["certId"]) == 36
    assert (made["environment"], made["zoneName"], made["zoneId"]) == ("production", "example.com", ZONE)


def test_a_custom_domain_needs_a_worker_of_its_account(cloud: Cloud) -> None:
    cloud.create(SCRIPT, "s", **script(accountId=OTHER_ACCOUNT))
    with pytest.raises(Refused) as refused:
        cloud.create(DOMAIN, "d", **_domain())
    assert refused.value.code == 10007


def test_a_host_name_is_the_custom_domain_of_one_worker(cloud: Cloud) -> None:
    cloud.create(SCRIPT, "s", **script())
    cloud.create(DOMAIN, "d", **_domain())
    with pytest.raises(Refused, match=r"app\.example\.com"):
        cloud.create(DOMAIN, "e", **_domain(hostname="APP.example.com"))


def test_a_host_name_with_a_record_is_refused_for_a_custom_domain(cloud: Cloud) -> None:
    cloud.create(SCRIPT, "s", **script())
    cloud.create(RECORD, "r", zoneId=ZONE, name="app.example.com", type="A", content="198.18.0.7", ttl=60)
    with pytest.raises(Refused) as refused:
        cloud.create(DOMAIN, "d", **_domain())
    assert refused.value.code == 100117


def test_every_property_of_a_custom_domain_replaces_it(cloud: Cloud) -> None:
    cloud.create(SCRIPT, "s", **script())
    made = cloud.create(DOMAIN, "d", **_domain())
    assert cloud.replaces(made, hostname="www.example.com", service="other") == ["hostname", "service"]


def test_a_zone_that_was_made_here_gives_a_custom_domain_its_zone(cloud: Cloud) -> None:
    cloud.create(SCRIPT, "s", **script())
    zone = cloud.create("Zone", "z", account={"id": ACCOUNT}, name="example.co.uk")
    made = cloud.create(DOMAIN, "d", accountId=ACCOUNT, hostname="app.example.co.uk", service="edge")
    assert (made["zoneId"], made["zoneName"]) == (zone.id, "example.co.uk")


def test_titles_of_namespaces_are_unique_in_an_account(cloud: Cloud) -> None:
    made = cloud.create(KV, "a", accountId=ACCOUNT, title="store")
    cloud.create(KV, "b", accountId=OTHER_ACCOUNT, title="store")
    cloud.update(made, title="store")
    with pytest.raises(Refused) as refused:
        cloud.create(KV, "c", accountId=ACCOUNT, title="store")
    assert refused.value.code == 10014


def test_a_pair_lies_in_its_namespace_and_goes_with_it(cloud: Cloud) -> None:
    store = cloud.create(KV, "a", accountId=ACCOUNT, title="store")
    pair = cloud.create("WorkersKv", "p", accountId=ACCOUNT, namespaceId=store.id, keyName="k", value="v")
    assert pair.id == "k"
    assert cloud.replaces(pair, value="w") == []
    assert cloud.replaces(pair, keyName="l") == ["keyName"]
    found = cloud.import_("WorkersKv", f"{ACCOUNT}/{store.id}/k")
    assert found is not None
    assert found["value"] == "v"
    cloud.delete(store)
    assert cloud.read(pair) is None


def test_a_pair_needs_its_namespace(cloud: Cloud) -> None:
    with pytest.raises(Refused) as refused:
        cloud.create("WorkersKv", "p", accountId=ACCOUNT, namespaceId="0" * 32, keyName="k", value="v")
    assert refused.value.code == 10013
