from __future__ import annotations

import pytest

from regionctl.sandbox.cloudflare.certificates import NotACertificate, first_certificate
from tests.sandbox.cloudflare.cloud import ACCOUNT, MTLS, OTHER_ZONE, ZONE, Cloud, Refused, Resource
from tests.sandbox.cloudflare.pem import CERTIFICATE, KEY, SERIAL_NUMBER

ZONE_CERTIFICATE = "AuthenticatedOriginPullsCertificate"
HOST_CERTIFICATE = "AuthenticatedOriginPullsHostnameCertificate"


def _mtls(cloud: Cloud, certificates: str = CERTIFICATE) -> Resource:
    return cloud.create(MTLS, "c", accountId=ACCOUNT, ca=False, certificates=certificates, privateKey=KEY)


def test_a_certificate_is_read(cloud: Cloud) -> None:
    made = _mtls(cloud)
    assert made["serialNumber"] == SERIAL_NUMBER
    assert made["issuer"] == "CN=edge-client,O=Example"
    assert made["signature"] == "ECDSAWithSHA256"
    assert made["expiresOn"] == "2036-11-21T09:45:14Z"
    assert len(made.id) == 36


def test_everything_of_a_certificate_replaces_it_and_the_new_one_comes_first(cloud: Cloud) -> None:
    made = _mtls(cloud)
    assert cloud.replaces(made, certificates=CERTIFICATE + CERTIFICATE, name="n") == ["certificates", "name"]
    assert _mtls(cloud).id != made.id


def test_a_name_that_is_not_given_is_not_made_up(cloud: Cloud) -> None:
    assert "name" not in _mtls(cloud).inputs.values


@pytest.mark.parametrize("text", ["", "leaf", CERTIFICATE.replace("MIIB", "AAAA"), CERTIFICATE.replace("=\n", "\n")])
def test_what_is_no_certificate_is_refused_without_being_shown(cloud: Cloud, text: str) -> None:
    with pytest.raises(Refused) as refused:
        _mtls(cloud, text)
    assert refused.value.message == "'certificates' is not a certificate in PEM"


@pytest.mark.parametrize("cut", range(0, len(CERTIFICATE), 37))
def test_a_cut_certificate_is_none(cut: int) -> None:
    with pytest.raises(NotACertificate):
        first_certificate(CERTIFICATE[:cut])


def test_a_zones_certificate_may_change_its_key_alone(cloud: Cloud) -> None:
    made = cloud.create(ZONE_CERTIFICATE, "c", zoneId=ZONE, certificate=CERTIFICATE, privateKey=KEY)
    assert (made["certificateId"], made["status"]) == (made.id, "active")
    assert cloud.replaces(made, privateKey="another") == []
    assert cloud.replaces(made, zoneId=OTHER_ZONE) == ["zoneId"]


def test_origin_pulls_of_a_host_need_its_certificate(cloud: Cloud) -> None:
    config = {"hostname": "app.example.com", "enabled": True}
    with pytest.raises(Refused, match="not found"):
        cloud.create("AuthenticatedOriginPulls", "p", zoneId=ZONE, configs=[{**config, "certId": "0" * 36}])
    certificate = cloud.create(HOST_CERTIFICATE, "c", zoneId=ZONE, certificate=CERTIFICATE, privateKey=KEY)
    made = cloud.create("AuthenticatedOriginPulls", "p", zoneId=ZONE, configs=[{**config, "certId": certificate.id}])
    assert (made["hostname"], made["enabled"], made["certId"]) == ("app.example.com", True, certificate.id)
    assert cloud.import_("AuthenticatedOriginPulls", f"{ZONE}/app.example.com") is not None


def test_the_switch_for_a_zones_origin_pulls_is_named_by_the_zone(cloud: Cloud) -> None:
    made = cloud.create("AuthenticatedOriginPullsSettings", "s", zoneId=ZONE, enabled=True)
    assert made.id == ZONE
    assert cloud.import_("AuthenticatedOriginPullsSettings", ZONE) is not None
