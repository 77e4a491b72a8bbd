"""An edge-like stack, planned and applied by Pulumi's own engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from regionctl.engine import Engine, Op, Workspace
from regionctl.model.program import StackProgram, Target
from regionctl.sandbox.cloudflare.deployed import deployed_worker
from tests.sandbox.cloudflare.cloud import ACCOUNT, ZONE
from tests.sandbox.cloudflare.pem import CERTIFICATE, KEY
from tests.sandbox.runs import changes, plan_of

pytestmark = pytest.mark.engine

CANARY = "canary-93b7f0e1"
STACK = "test.edge"


def _edge(*, requests: int = 100, script: str = "edge", host: str = "app.example.com") -> Callable[[], None]:
    def run() -> None:
        import pulumi_cloudflare as cf

        store = cf.WorkersKvNamespace("store", account_id=ACCOUNT, title="edge")
        certificate = cf.MtlsCertificate(
            "certificate",
            account_id=ACCOUNT,
            ca=False,
            certificates=CERTIFICATE,
            private_key=pulumi.Output.secret(KEY),
        )
        binding = cf.WorkersScriptBindingArgs
        worker = cf.WorkersScript(
            "worker",
            account_id=ACCOUNT,
            script_name=script,
            main_module="index.js",
            content='import "./a.js"\nexport default { fetch() {} }',
            files={"a.js": cf.WorkersScriptFilesArgs(content_type="application/javascript+module", content_base64="")},
            compatibility_date="2026-04-01",
            bindings=[
                binding(name="CERT", type="mtls_certificate", certificate_id=certificate.id),
                binding(name="KV", type="kv_namespace", namespace_id=store.id),
                binding(name="TOKEN", type="secret_text", text=pulumi.Output.secret(CANARY)),
            ],
        )
        domain = cf.WorkersCustomDomain(
            "domain", account_id=ACCOUNT, zone_id=ZONE, hostname=host, service=worker.script_name
        )
        cf.DnsRecord("origin", zone_id=ZONE, name="eu.example.com", type="A", content="198.18.0.7", ttl=60)
        cf.ZoneSetting("tls", zone_id=ZONE, setting_id="min_tls_version", value="1.2")
        cf.Ruleset(
            "limits",
            zone_id=ZONE,
            kind="zone",
            phase="http_ratelimit",
            name="limits",
            rules=[
                cf.RulesetRuleArgs(
                    ref="all",
                    action="block",
                    expression="true",
                    ratelimit=cf.RulesetRuleRatelimitArgs(
                        characteristics=["cf.colo.id", "ip.src"], period=60, requests_per_period=requests
                    ),
                )
            ],
        )
        pulumi.export("certificate", domain.cert_id)

    return run


def _program(run: Callable[[], None]) -> StackProgram:
    return StackProgram(project="regionctl", name=STACK, fleet="test", region=None, target=Target.SANDBOX, run=run)


def test_an_edge_is_applied_changed_replaced_and_destroyed(workspace: Workspace) -> None:
    first, limited, renamed = (
        _program(_edge()),
        _program(_edge(requests=200)),
        _program(_edge(script="edge-2", host="www.example.com")),
    )
    with Engine(workspace=workspace).attached(first) as engine:
        assert changes(engine.apply([first]))["origin"] == {Op.CREATE}
        assert len(engine.outputs(first)["certificate"]) == 36
        assert changes(engine.plan([first])) == {}
        assert changes(engine.plan_refresh([first])) == {}
        assert changes(engine.plan([limited])) == {"limits": {Op.UPDATE}}
        assert Op.REPLACE in changes(engine.apply([renamed]))["worker"]
        assert changes(engine.plan([renamed])) == {}
        worker = deployed_worker(workspace.sandbox_data("test"), ACCOUNT, "edge-2")
        assert {binding.name: binding.properties for binding in worker.bindings}["TOKEN"] == {"text": CANARY}
        changes(engine.destroy([renamed]))
        assert engine.state(renamed).resources == ()


def test_no_secret_of_the_edge_lies_in_plain_anywhere(workspace: Workspace, tmp_path: Path) -> None:
    program = _program(_edge())
    with Engine(workspace=workspace).attached(program) as engine:
        changes(engine.apply([program]))
        files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert workspace.sandbox_data("test") in files
    assert [path for path, content in files.items() if CANARY.encode() in content or KEY.encode() in content] == []


def test_a_mistake_is_told_in_the_plan_with_its_path(workspace: Workspace) -> None:
    program = _program(_edge(host="app.example.com."))
    with Engine(workspace=workspace).attached(program) as engine:
        plan = plan_of(engine.plan([program]))
    assert plan.error is not None
    assert "hostname" in f"{plan.error} {plan.diagnostics}"
