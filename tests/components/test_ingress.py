from __future__ import annotations

import pulumi
import pytest

from components.armor import LOG4J, Armor, ArmorArgs
from components.certificate import Certificate, CertificateArgs
from components.ingress import BackendArgs, Ingress, IngressArgs, IngressNames
from regionctl.render import Declaration
from tests.components.alone import SECRET, at, declared, every, is_secret, named, only, waits_for

NAMES = IngressNames(
    address="address",
    forwarding_rule="https",
    proxy="https",
    url_map="paths",
    ssl_policy="tls",
    tls_policy="clients",
    trust_config="clients",
)
BACKENDS = {
    "api": BackendArgs(name="api", service_name="api"),
    "sync": BackendArgs(name="sync", service_name="sync", paths=["/sync/*"]),
}


def ingress() -> Declaration:
    def declare() -> None:
        armor = Armor("armor", ArmorArgs(project="p", region="europe-west1", name="origin"))
        certificate = Certificate(
            "certificate",
            CertificateArgs(
                project="p", region="europe-west1", name="origin", authorization_name="origin", host="eu.example.com"
            ),
        )
        made = Ingress(
            "ingress",
            IngressArgs(
                project="p",
                project_number="123456789",
                region="europe-west1",
                names=NAMES,
                host="eu.example.com",
                network_id="n",
                certificate_id=certificate.certificate_id,
                security_policy=armor.policy_link,
                client_ca_pem=pulumi.Config().require_secret(SECRET),
                backends=BACKENDS,
                default_backend="api",
                labels={"fleet": "prod"},
            ),
        )
        pulumi.export("address", made.address)

    return declared(declare)


def test_old_tls_is_refused() -> None:
    assert at(only(ingress(), "RegionSslPolicy"), "minTlsVersion") == "TLS_1_2"


def test_a_client_without_its_certificate_is_refused() -> None:
    declaration = ingress()
    check = only(declaration, "ServerTlsPolicy")
    assert at(check, "mtlsPolicy.clientValidationMode") == "REJECT_INVALID"
    assert check.urn in only(declaration, "RegionTargetHttpsProxy").property_dependencies["serverTlsPolicy"]


def test_the_trust_of_a_client_check_is_named_by_the_projects_number_as_the_api_reads_it_back() -> None:
    declaration = ingress()
    check = only(declaration, "ServerTlsPolicy")
    trusted = "projects/123456789/locations/europe-west1/trustConfigs/clients"
    assert at(check, "mtlsPolicy.clientValidationTrustConfig") == trusted
    assert waits_for(declaration, check, only(declaration, "TrustConfig"))


def test_a_client_check_has_no_labels_since_nobody_could_change_them() -> None:
    assert "labels" not in only(ingress(), "ServerTlsPolicy").inputs


def test_the_authority_of_the_clients_stays_secret_where_it_was_given_so() -> None:
    assert is_secret(at(only(ingress(), "TrustConfig"), "trustStores.0.trustAnchors.0.pemCertificate"))


def test_every_request_is_logged_and_passes_the_guard() -> None:
    declaration = ingress()
    for backend in every(declaration, "RegionBackendService"):
        assert at(backend, "logConfig") == {"enable": True, "sampleRate": 1.0}
        assert waits_for(declaration, backend, named(declaration, "armor-deny-log4j"))


def test_the_guard_refuses_log4j() -> None:
    rule = named(ingress(), "armor-deny-log4j")
    assert (at(rule, "action"), at(rule, "match.expr.expression")) == ("deny(403)", LOG4J)


def test_a_path_goes_to_its_service_and_the_rest_to_the_default_one() -> None:
    url_map = only(ingress(), "RegionUrlMap")
    assert at(url_map, "defaultService") == "${ingress-api-backend.id}"
    assert at(url_map, "pathMatchers.0.pathRules") == [{"paths": ["/sync/*"], "service": "${ingress-sync-backend.id}"}]


def test_there_is_no_plain_http() -> None:
    assert {at(rule, "portRange") for rule in every(ingress(), "ForwardingRule")} == {"443"}


def test_a_default_backend_must_be_one_of_the_backends() -> None:
    with pytest.raises(ValueError, match="'web' is none of api, sync"):
        IngressArgs(
            project="p",
            project_number="123456789",
            region="r",
            names=NAMES,
            host="h",
            network_id="n",
            certificate_id="c",
            security_policy="s",
            client_ca_pem="pem",
            backends=BACKENDS,
            default_backend="web",
        )


def test_a_certificate_lies_in_its_region_and_is_proven_by_dns() -> None:
    certificate = named(ingress(), "certificate-certificate")
    assert at(certificate, "location") == "europe-west1"
    assert at(certificate, "managed") == {
        "domains": ["eu.example.com"],
        "dnsAuthorizations": ["${certificate-dns-authorization.id}"],
    }
