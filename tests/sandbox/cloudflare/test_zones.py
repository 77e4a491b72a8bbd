from __future__ import annotations

import pytest

from tests.sandbox.cloudflare.cloud import ACCOUNT, RECORD, ZONE, Cloud, Refused, Resource


def _zone(cloud: Cloud, name: str = "example.com") -> Resource:
    return cloud.create("Zone", "z", account={"id": ACCOUNT}, name=name)


def _record(cloud: Cloud, zone: str) -> Resource:
    return cloud.create(RECORD, "r", zoneId=zone, name="a.example.com", type="A", content="198.18.0.7", ttl=60)


def test_a_zone_that_nobody_made_here_was_there_before(cloud: Cloud) -> None:
    _record(cloud, ZONE)


def test_a_new_zone_waits_for_its_name_servers(cloud: Cloud) -> None:
    made = _zone(cloud)
    assert (len(made.id), made["status"], made["type"]) == (32, "pending", "full")
    assert all(name.endswith(".ns.cloudflare.com") for name in made["nameServers"])


def test_a_domain_is_one_zone(cloud: Cloud) -> None:
    _zone(cloud)
    with pytest.raises(Refused) as refused:
        _zone(cloud)
    assert refused.value.code == 1061


def test_what_lies_in_a_zone_goes_with_it_and_nothing_new_comes(cloud: Cloud) -> None:
    zone = _zone(cloud)
    record = _record(cloud, zone.id)
    cloud.delete(zone)
    assert cloud.read(record) is None
    with pytest.raises(Refused) as refused:
        _record(cloud, zone.id)
    assert (refused.value.code, refused.value.message) == (1001, "Invalid zone identifier")


def test_a_zone_that_is_made_again_has_another_id(cloud: Cloud) -> None:
    first = _zone(cloud)
    cloud.delete(first)
    assert _zone(cloud).id != first.id


def test_a_zone_is_imported_by_its_id(cloud: Cloud) -> None:
    made = _zone(cloud)
    found = cloud.import_("Zone", made.id)
    assert found is not None
    assert found["name"] == "example.com"
