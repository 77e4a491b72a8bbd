from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.edge_dns import OriginArgs, OriginDns, OriginDnsArgs
from components.edge_firewall import BlockArgs, EdgeFirewall, EdgeFirewallArgs, RateLimitArgs
from components.edge_worker import BindingsArgs, ClientCertificateArgs, EdgeWorker, EdgeWorkerArgs, WorkerCode
from components.edge_zone import ZoneTls, ZoneTlsArgs
from regionctl.render import Declaration
from tests.components.alone import at, declared, every, is_secret, named, only, waits_for

CODE = WorkerCode(
    main="index.js", modules={"index.js": "export default {}", "a.js": "export {}"}, compatibility_date="2026-04-01"
)
WORKER = EdgeWorkerArgs(
    account_id="account",
    zone_id="zone",
    name="edge",
    host="app.example.com",
    store_title="store",
    code=CODE,
    bindings=BindingsArgs(
        json={"TABLE": "{}"}, texts={"PLAIN": "p"}, secrets={"TOKEN": "t"}, certificate="CERT", store="KV"
    ),
    client_certificate=ClientCertificateArgs(name="edge", certificate_pem="leaf", private_key_pem="key"),
)
ORIGIN = OriginArgs(
    host="eu.origin.example.com", address="192.0.2.1", ownership_name="_acme.eu.", ownership_data="x.example."
)


def worker(args: EdgeWorkerArgs = WORKER) -> Declaration:
    return declared(lambda: EdgeWorker("edge", args))


def firewall(args: EdgeFirewallArgs) -> dict[str, Any]:
    declaration = declared(lambda: EdgeFirewall("fw", args))
    return {at(ruleset, "phase"): at(ruleset, "rules") for ruleset in every(declaration, "Ruleset")}


def test_secrets_are_secret_though_the_arguments_were_plain() -> None:
    bindings = {b["name"]: b for b in at(only(worker(), "WorkersScript"), "bindings")}
    assert is_secret(bindings["TOKEN"]["text"])
    assert bindings["PLAIN"]["text"] == "p"
    assert is_secret(at(only(worker(), "MtlsCertificate"), "privateKey"))


def test_bindings_stand_in_the_order_of_their_names() -> None:
    names = [b["name"] for b in at(only(worker(), "WorkersScript"), "bindings")]
    assert names == sorted(names)


def test_the_main_module_is_one_of_the_modules() -> None:
    with pytest.raises(ValueError, match=r"main\.js"):
        replace(CODE, main="main.js")


def test_the_worker_cannot_be_reached_around_the_zone() -> None:
    subdomain = only(worker(), "WorkersScriptSubdomain")
    assert (at(subdomain, "enabled"), at(subdomain, "previewsEnabled")) == (False, False)


def test_cloudflare_keeps_no_log_of_what_was_asked() -> None:
    logs = at(only(worker(), "WorkersScript"), "observability.logs")
    assert (logs["enabled"], logs["invocationLogs"]) == (True, False)


def test_the_certificate_that_is_shown_is_a_leaf() -> None:
    assert at(only(worker(), "MtlsCertificate"), "ca") is False


def test_a_host_is_ready_with_both_of_its_records() -> None:
    def declare() -> None:
        dns = OriginDns("dns", OriginDnsArgs(zone_id="zone", origins={"eu": ORIGIN}))
        EdgeWorker("edge", replace(WORKER, host=dns.hosts["eu"]))

    declaration = declared(declare)
    for record in every(declaration, "DnsRecord"):
        assert waits_for(declaration, only(declaration, "WorkersCustomDomain"), record)


def test_records_have_names_as_cloudflare_reads_them_back() -> None:
    declaration = declared(lambda: OriginDns("dns", OriginDnsArgs(zone_id="zone", origins={"eu": ORIGIN})))
    record = named(declaration, "dns-eu-certificate")
    assert (at(record, "name"), at(record, "content"), at(record, "type")) == ("_acme.eu", "x.example", "CNAME")


def test_the_zone_speaks_no_tls_below_1_2_and_checks_origins() -> None:
    declaration = declared(lambda: ZoneTls("tls", ZoneTlsArgs(zone_id="zone")))
    settings = {at(s, "settingId"): at(s, "value") for s in every(declaration, "ZoneSetting")}
    assert (settings["min_tls_version"], settings["ssl"], settings["always_use_https"]) == ("1.2", "strict", "on")
    assert settings["security_header"]["strict_transport_security"]["max_age"] == 31536000


def test_each_kind_of_rule_has_a_phase_of_its_own() -> None:
    args = EdgeFirewallArgs(
        zone_id="zone",
        title="edge",
        blocks={"trace": BlockArgs(expression='(http.request.method eq "TRACE")', description="No TRACE.")},
        rate_limits={"all": RateLimitArgs(expression="(true)", description="All.", requests=100)},
    )
    rules = {phase: [rule["ref"] for rule in rules] for phase, rules in firewall(args).items()}
    assert rules == {
        "http_request_firewall_custom": ["trace"],
        "http_request_firewall_managed": ["managed"],
        "http_ratelimit": ["all"],
    }


def test_a_rate_is_counted_by_address_over_a_period_that_exists() -> None:
    limit = RateLimitArgs(expression="(true)", description="All.", requests=100)
    (rule,) = firewall(EdgeFirewallArgs(zone_id="zone", title="edge", rate_limits={"all": limit}))["http_ratelimit"]
    assert rule["ratelimit"]["characteristics"] == ["cf.colo.id", "ip.src"]
    with pytest.raises(ValueError, match="period_s 7"):
        replace(limit, period_s=7)
