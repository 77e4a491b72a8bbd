from __future__ import annotations

from typing import Any

import pytest

from regionctl.sandbox.cloudflare.zones import SETTING_IDS
from tests.sandbox.cloudflare.cloud import OTHER_ZONE, SETTING, ZONE, Cloud

_HSTS = {"strict_transport_security": {"enabled": True, "max_age": 31_536_000}}


def _setting(id_: str, value: Any) -> dict[str, Any]:
    return {"zoneId": ZONE, "settingId": id_, "value": value}


@pytest.mark.parametrize(
    ("id_", "value"),
    [
        ("min_tls_version", "1.2"),
        ("ssl", "strict"),
        ("0rtt", "off"),
        ("tls_1_3", "zrt"),
        ("browser_cache_ttl", 14_400),
        ("security_header", _HSTS),
        ("ciphers", ["ECDHE-ECDSA-AES128-GCM-SHA256"]),
    ],
)
def test_a_setting_takes_its_values(cloud: Cloud, id_: str, value: Any) -> None:
    made = cloud.create(SETTING, "s", **_setting(id_, value))
    assert (made.id, made["value"], made["editable"]) == (id_, value, True)


@pytest.mark.parametrize(
    ("id_", "value"),
    [
        ("min_tls_version", "1.4"),
        ("ssl", "Strict"),
        ("websockets", True),
        ("browser_cache_ttl", "4h"),
        ("security_header", "on"),
    ],
)
def test_a_setting_refuses_other_values(cloud: Cloud, id_: str, value: Any) -> None:
    failures = cloud.failures(SETTING, **_setting(id_, value))
    assert list(failures) == ["value"]
    assert "1007" in failures["value"]


def test_a_misspelled_setting_is_named_with_the_closest_one(cloud: Cloud) -> None:
    assert 'did you mean "min_tls_version"?' in cloud.failures(SETTING, **_setting("min_tls", "1.2"))["settingId"]


def test_every_setting_of_the_table_is_accepted_by_name(cloud: Cloud) -> None:
    assert [id_ for id_ in SETTING_IDS if "settingId" in cloud.failures(SETTING, **_setting(id_, "on"))] == []


def test_a_nested_value_is_compared_by_its_parts(cloud: Cloud) -> None:
    made = cloud.create(SETTING, "s", **_setting("security_header", _HSTS))
    changed = cloud.diff(made, value={"strict_transport_security": {"enabled": True, "max_age": 0}})
    assert list(changed.detailedDiff) == ["value.strict_transport_security.max_age"]
    assert list(changed.replaces) == []


def test_another_setting_or_zone_replaces(cloud: Cloud) -> None:
    made = cloud.create(SETTING, "s", **_setting("http2", "on"))
    assert cloud.replaces(made, settingId="http3") == ["settingId"]
    assert cloud.replaces(made, zoneId=OTHER_ZONE) == ["zoneId"]


def test_a_setting_is_there_already_and_is_only_changed(cloud: Cloud) -> None:
    cloud.create(SETTING, "a", **_setting("http2", "on"))
    assert cloud.create(SETTING, "b", **_setting("http2", "off"))["value"] == "off"


def test_one_setting_of_two_zones_are_two_resources(cloud: Cloud) -> None:
    one = cloud.create(SETTING, "a", **_setting("http2", "on"))
    two = cloud.create(SETTING, "b", **{**_setting("http2", "off"), "zoneId": OTHER_ZONE})
    read = [cloud.read(one), cloud.read(two)]
    assert [found["value"] for found in read if found] == ["on", "off"]


def test_a_setting_is_imported_by_zone_and_id(cloud: Cloud) -> None:
    cloud.create(SETTING, "s", **_setting("ssl", "strict"))
    found = cloud.import_(SETTING, f"{ZONE}/ssl")
    assert found is not None
    assert (found.id, found["value"]) == ("ssl", "strict")
