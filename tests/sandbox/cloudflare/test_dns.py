from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.cloudflare.cloud import ACCOUNT, OTHER_ZONE, RECORD, SCRIPT, ZONE, Cloud, Refused, script


def _record(**more: Any) -> dict[str, Any]:
    return {"zoneId": ZONE, "name": "eu.example.com", "type": "A", "content": "198.18.0.7", "ttl": 60, **more}


def _cname(**more: Any) -> dict[str, Any]:
    return _record(type="CNAME", content="elsewhere.example.org", **more)


def test_a_record_has_an_id_of_32_digits_and_what_the_zone_says_of_it(cloud: Cloud) -> None:
    made = cloud.create(RECORD, "r", **_record())
    assert len(made.id) == 32
    assert made["proxiable"] is True
    assert made["proxied"] is False
    assert made["createdOn"].endswith("Z")


def test_the_same_program_gets_the_same_ids(cloud: Cloud) -> None:
    first = cloud.create(RECORD, "r", **_record())
    cloud.delete(first)
    assert cloud.create(RECORD, "r", **_record()).id == first.id


def test_a_replacement_gets_an_id_of_its_own_while_the_old_record_is_there(cloud: Cloud) -> None:
    first = cloud.create(RECORD, "r", **_record())
    assert cloud.create(RECORD, "r", **_record(type="TXT", content="text")).id != first.id


def test_the_type_and_the_zone_replace_and_the_content_does_not(cloud: Cloud) -> None:
    made = cloud.create(RECORD, "r", **_record())
    assert cloud.replaces(made, type="TXT") == ["type"]
    assert cloud.replaces(made, zoneId=OTHER_ZONE) == ["zoneId"]
    assert cloud.replaces(made, content="198.18.0.8", ttl=120) == []
    assert not cloud.diff(made, type="TXT").deleteBeforeReplace


@pytest.mark.parametrize(
    ("record", "property_"),
    [
        (_record(content="198.18.0.256"), "content"),
        (_record(content="2001:db8::1"), "content"),
        (_record(type="AAAA"), "content"),
        (_cname(name="elsewhere.example.org"), "content"),
        (_record(type="CNAME", content="https://example.org"), "content"),
        (_record(type="MX", content="mail.example.org"), "priority"),
        (_record(type="SRV", content=None), "data"),
        (_record(content=None), "content"),
        (_record(type="SPF"), "type"),
        (_record(ttl=29), "ttl"),
        (_record(ttl=86_401), "ttl"),
        (_record(proxied=True), "ttl"),
        (_record(type="TXT", content="text", proxied=True, ttl=1), "proxied"),
        (_record(name="eu.example.com."), "name"),
        (_record(zoneId="example.com"), "zoneId"),
    ],
)
def test_a_record_that_the_zone_would_refuse_is_refused_in_the_plan(
    cloud: Cloud, record: dict[str, Any], property_: str
) -> None:
    assert list(cloud.failures(RECORD, **record)) == [property_]


def test_a_proxied_record_has_the_automatic_ttl(cloud: Cloud) -> None:
    assert cloud.failures(RECORD, **_record(proxied=True, ttl=1)) == {}


@given(ttl=st.integers(-10, 200_000))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_ttl_is_automatic_or_between_half_a_minute_and_a_day(cloud: Cloud, ttl: int) -> None:
    assert bool(cloud.failures(RECORD, **_record(ttl=ttl))) is not (ttl == 1 or 30 <= ttl <= 86_400)


def test_an_identical_record_is_refused(cloud: Cloud) -> None:
    cloud.create(RECORD, "a", **_record())
    with pytest.raises(Refused) as refused:
        cloud.create(RECORD, "b", **_record(name="EU.example.com", ttl=300))
    assert (refused.value.code, refused.value.message) == (81058, "An identical record already exists.")


def test_one_name_may_have_many_addresses_and_texts(cloud: Cloud) -> None:
    cloud.create(RECORD, "a", **_record())
    cloud.create(RECORD, "b", **_record(content="198.18.0.8"))
    cloud.create(RECORD, "c", **_record(type="TXT", content="text"))


def test_a_cname_stands_alone_among_addresses(cloud: Cloud) -> None:
    cloud.create(RECORD, "a", **_record())
    with pytest.raises(Refused) as refused:
        cloud.create(RECORD, "b", **_cname())
    assert refused.value.code == 81053


def test_no_address_stands_beside_a_cname(cloud: Cloud) -> None:
    cloud.create(RECORD, "a", **_cname())
    with pytest.raises(Refused) as refused:
        cloud.create(RECORD, "b", **_record())
    assert refused.value.code == 81054


def test_a_record_cannot_become_identical_with_another_but_may_stay_itself(cloud: Cloud) -> None:
    cloud.create(RECORD, "a", **_record())
    other = cloud.create(RECORD, "b", **_record(content="198.18.0.8"))
    cloud.update(other, ttl=120)
    with pytest.raises(Refused):
        cloud.update(other, content="198.18.0.7")


def test_zones_do_not_see_each_others_records(cloud: Cloud) -> None:
    cloud.create(RECORD, "a", **_record())
    cloud.create(RECORD, "b", **_record(zoneId=OTHER_ZONE))


def test_a_custom_domain_holds_its_host_name(cloud: Cloud) -> None:
    cloud.create(SCRIPT, "s", **script())
    cloud.create("WorkersCustomDomain", "d", accountId=ACCOUNT, zoneId=ZONE, hostname="eu.example.com", service="edge")
    with pytest.raises(Refused) as refused:
        cloud.create(RECORD, "b", **_cname())
    assert refused.value.code == 81053


def test_a_record_is_imported_by_zone_and_id(cloud: Cloud) -> None:
    made = cloud.create(RECORD, "r", **_record())
    found = cloud.import_(RECORD, f"{ZONE}/{made.id}")
    assert found is not None
    assert (found.id, found["content"]) == (made.id, "198.18.0.7")
    assert cloud.import_(RECORD, f"{OTHER_ZONE}/{made.id}") is None


def test_what_the_zone_will_say_is_unknown_in_a_preview(cloud: Cloud) -> None:
    before = cloud.preview(RECORD, "r", **_record()).values
    assert before["content"] == "198.18.0.7"
    assert str(before["createdOn"]) == "Unknown.UNKNOWN"


def test_a_change_changes_the_time_of_the_change_alone(cloud: Cloud) -> None:
    made = cloud.create(RECORD, "r", **_record())
    changed = cloud.update(made, comment="origin")
    assert changed["createdOn"] == made["createdOn"]
    assert changed["modifiedOn"] >= made["modifiedOn"]
    assert changed["commentModifiedOn"]
