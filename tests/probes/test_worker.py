"""A deployed Worker runs here as it is: its own modules, its own bindings, TLS with its own certificate."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from regionctl.engine import Workspace
from regionctl.engine.secrets.certificates import ClientCertificates, client_certificates
from regionctl.probes.worker import Answer, Answers, Asked, NotRun, Site, ask_worker, member_of, user_of
from regionctl.sandbox.cloudflare.deployed import Binding, ClientCertificate, DeployedWorker
from regionctl.sandbox.cloudflare.workers import Module
from stacks.worker_code import WORKER_DIR, worker_code

SCRIPT = WORKER_DIR / "dev" / "probe.js"
REGIONS = ("eu-west", "us-east")
CANARY = f"canary-{datetime.now(UTC).timestamp()}"

pytestmark = pytest.mark.skipif(
    not (WORKER_DIR / "node_modules" / "workerd").is_dir() or shutil.which("node") is None,
    reason="workerd runs the Worker: npm ci --prefix worker",
)


def host(region: str) -> str:
    return f"{region}.origin.app.example.com"


def table(**lifecycles: str) -> dict[str, Any]:
    localities = {"eu": {"time_zones": ["Europe/"], "countries": ["DE"]}, "us": {"time_zones": ["America/"]}}
    regions = {
        name: {
            "origin": f"https://{host(name)}",
            "lifecycle": lifecycles.get(name.replace("-", "_"), "active"),
            "locality": name.partition("-")[0],
            "weight": 100,
        }
        for name in REGIONS
    }
    return {"version": 7, "default_locality": "us", "localities": localities, "regions": regions}


def deployed(certificates: ClientCertificates, **lifecycles: str) -> DeployedWorker:
    code = worker_code()
    names = [code.main, *(name for name in code.modules if name != code.main)]
    shown = ClientCertificate(certificate=certificates.certificate, private_key=certificates.private_key)
    bindings = (
        Binding(name="AUTH", type="plain_text", properties={"text": "https://auth.origin.app.example.com"}),
        Binding(name="AUTH_TOKEN", type="secret_text", properties={"text": CANARY}),
        Binding(name="CLIENT_CERT", type="mtls_certificate", properties={}, certificate=shown),
        Binding(name="LAST_KNOWN", type="kv_namespace", properties={"namespaceId": "1"}),
        Binding(name="REGIONS", type="json", properties={"json": json.dumps(table(**lifecycles))}),
    )
    return DeployedWorker(
        account="a",
        script="s",
        main_module=code.main,
        modules={name: Module(content=code.modules[name].encode()) for name in names},
        compatibility_date=code.compatibility_date,
        compatibility_flags=tuple(code.compatibility_flags),
        bindings=bindings,
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> ClientCertificates:
    return client_certificates(Workspace.default(tmp_path_factory.mktemp("checkout")), "prod")


def sites(certificates: ClientCertificates) -> dict[str, Site]:
    return {name: Site(host=host(name), client_authority=certificates.authority) for name in REGIONS}


def ask(certificates: ClientCertificates, worker: DeployedWorker, *requests: Asked) -> Answers:
    return ask_worker(SCRIPT, worker, sites(certificates), requests)


def test_each_request_goes_where_its_signs_say(certificates: ClientCertificates) -> None:
    answers = ask(
        certificates,
        deployed(certificates, us_east="draining"),
        Asked(name="member", home="us-east", country="DE"),
        Asked(name="zone", time_zone="Europe/Paris", country="US"),
        Asked(name="country", country="DE"),
        Asked(name="default", country="US"),
        Asked(name="closed", time_zone="America/Lima", country="DE"),
        Asked(name="choice", choice="us-east"),
        Asked(name="gone", home="ap-south"),
    ).requests
    assert (answers["member"].region, answers["member"].user) == ("us-east", user_of("member"))
    places = {name: (answers[name].region, answers[name].placement) for name in ("zone", "country", "default")}
    assert places == {
        "zone": ("eu-west", "time-zone"),
        "country": ("eu-west", "country"),
        "default": ("eu-west", "default"),
    }
    assert (answers["choice"].status, answers["choice"].code) == (400, "region_not_open")
    assert (answers["closed"].status, answers["closed"].code) == (503, "region_closed")
    assert (answers["gone"].status, answers["gone"].code) == (503, "region_closed")


def test_a_forged_context_gets_nobody_in(certificates: ClientCertificates) -> None:
    forged = ask(certificates, deployed(certificates)).forged
    assert sorted(forged) == list(REGIONS)
    for region, of in forged.items():
        assert (of.known.status, of.known.region, of.known.user) == (200, region, member_of(region))
        assert (of.unknown.status, of.unknown.code) == (401, "invalid_credential")
        assert (of.straight.status, of.straight.code) == (401, "invalid_context")
        assert (of.bare.status, "CERTIFICATE_REQUIRED" in str(of.bare.code)) == (0, True)


def test_a_worker_whose_certificate_is_of_another_authority_reaches_no_region(
    certificates: ClientCertificates, tmp_path: Path
) -> None:
    others = client_certificates(Workspace.default(tmp_path), "other")
    answers = ask(certificates, deployed(others), Asked(name="member", home="eu-west"))
    assert answers.requests["member"].status in {502, 503}
    assert answers.requests["member"].region is None


def test_a_worker_without_its_certificate_reaches_no_region(certificates: ClientCertificates) -> None:
    worker = deployed(certificates)
    without = replace(worker, bindings=tuple(one for one in worker.bindings if one.name != "CLIENT_CERT"))
    answer = ask(certificates, without, Asked(name="one")).requests["one"]
    assert (answer.status in {502, 503}, answer.region) == (True, None)


def test_a_table_that_breaks_a_rule_is_what_every_request_meets(certificates: ClientCertificates) -> None:
    answers = ask(certificates, deployed(certificates, eu_west="planned"), Asked(name="one"))
    assert answers.requests["one"] == Answer(status=500, code="misconfigured", region=None, user=None, placement=None)


def test_a_worker_that_does_not_load_is_told_without_its_secrets(
    certificates: ClientCertificates, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = replace(deployed(certificates), modules={"index.js": Module(content=b"export default {")})
    with pytest.raises(NotRun) as refused:
        ask(certificates, broken)
    assert "SyntaxError" in str(refused.value)
    said = capfd.readouterr()
    assert CANARY not in f"{refused.value}{said.out}{said.err}"
    assert certificates.private_key not in f"{refused.value}{said.out}{said.err}"


def test_a_binding_that_cannot_be_had_here_is_named(certificates: ClientCertificates) -> None:
    worker = deployed(certificates)
    queue = Binding(name="EVENTS", type="queue", properties={"queueName": "q"})
    with pytest.raises(NotRun, match="a binding of type queue cannot be had here: EVENTS"):
        ask(certificates, replace(worker, bindings=(*worker.bindings, queue)))


def test_without_node_nothing_is_said_of_the_worker(
    certificates: ClientCertificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotRun, match="Node is not installed"):
        ask(certificates, deployed(certificates))


def test_a_request_that_is_named_like_a_region_is_nobody_s_member(certificates: ClientCertificates) -> None:
    answers = ask(certificates, deployed(certificates), Asked(name="eu-west", home="us-east"))
    assert answers.requests["eu-west"].region == "us-east"
    assert answers.forged["eu-west"].known.region == "eu-west"


def test_a_package_that_is_missing_is_named_with_the_way_to_get_it(
    certificates: ClientCertificates, tmp_path: Path
) -> None:
    script = tmp_path / "probe.mjs"
    script.write_text('import "workerd-that-is-not-there";\n')
    with pytest.raises(NotRun, match="Cannot find package 'workerd-that-is-not-there'") as refused:
        ask_worker(script, deployed(certificates), {}, [])
    assert refused.value.hint == "run: npm ci --prefix worker"
