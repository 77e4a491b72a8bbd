"""A small region, planned and applied by Pulumi's own engine on the emulated Google Cloud."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest

from regionctl.engine import Engine, Expected, Op, RunOptions, Workspace
from regionctl.engine.state.failures import RunFailed
from regionctl.model.program import StackProgram, Target
from regionctl.sandbox import clouds
from regionctl.sandbox.faults import FaultKind
from tests.sandbox.runs import changes, plan_of

pytestmark = pytest.mark.engine

CANARY = "canary-4c8b21d7"
STACK = "test.region"
REGION = "europe-west1"


def _region(*, tier: str = "db-custom-2-8192", network: str = "main") -> Callable[[], None]:
    def run() -> None:
        import pulumi_gcp as gcp

        vpc = gcp.compute.Network("network", name=network, auto_create_subnetworks=False)
        gcp.compute.Subnetwork("subnet", name="nodes", network=vpc.id, region=REGION, ip_cidr_range="10.0.0.0/20")
        database = gcp.sql.DatabaseInstance(
            "database",
            name="main",
            region=REGION,
            database_version="POSTGRES_17",
            deletion_protection=False,
            settings=gcp.sql.DatabaseInstanceSettingsArgs(tier=tier, edition="ENTERPRISE"),
        )
        gcp.sql.User("user", name="app", instance=database.name, password=pulumi.Output.secret(CANARY))
        bucket = gcp.storage.Bucket("uploads", location=REGION)
        pulumi.export("connection", database.connection_name)
        pulumi.export("bucket", bucket.url)

    return run


def _program(run: Callable[[], None]) -> StackProgram:
    return StackProgram(
        project="regionctl",
        name=STACK,
        fleet="test",
        region=None,
        target=Target.SANDBOX,
        run=run,
        config={"gcp:project": "acme-test"},
    )


def test_a_region_is_applied_changed_and_destroyed(workspace: Workspace) -> None:
    first, larger, moved = (
        _program(_region()),
        _program(_region(tier="db-custom-4-16384")),
        _program(_region(network="b")),
    )
    data = workspace.sandbox_data("test")
    with Engine(workspace=workspace).attached(first) as engine:
        assert changes(engine.apply([first]))["database"] == {Op.CREATE}
        assert engine.outputs(first)["connection"] == f"acme-test:{REGION}:main"
        assert changes(engine.plan([first])) == {}
        assert changes(engine.plan([larger])) == {"database": {Op.UPDATE}}
        replaced = changes(engine.apply([moved]))
        assert {name for name, ops in replaced.items() if Op.REPLACE in ops} == {"network", "subnet"}
        changes(engine.destroy([moved]))
    assert clouds.resources(data) == []
    assert clouds.status(data).tombstones == {"gcp:sql/databaseInstance:DatabaseInstance": 1}


def test_what_somebody_changed_in_the_cloud_is_found(workspace: Workspace) -> None:
    program = _program(_region())
    with Engine(workspace=workspace).attached(program) as engine:
        changes(engine.apply([program]))
        clouds.edit(workspace.sandbox_data("test"), "database", "settings.tier", "db-custom-8-32768")
        assert "database" in changes(engine.plan_refresh([program]))


def test_a_resource_that_failed_after_it_was_made_is_kept_and_mended(workspace: Workspace) -> None:
    program = _program(_region())
    data = workspace.sandbox_data("test")
    with Engine(workspace=workspace).attached(program) as engine:
        clouds.add_fault(data, FaultKind.PARTIAL, type_="compute", name="network", count=1)
        failed = plan_of(engine.apply([program]))
        assert failed.error is not None
        assert "network" in {resource.name for resource in engine.state(program).resources}
        assert [resource.name for resource in clouds.resources(data, "network")] == ["network"]
        changes(engine.apply([program]))
        assert changes(engine.plan([program])) == {}


def test_a_mistake_is_told_in_the_plan_with_its_path(workspace: Workspace) -> None:
    program = _program(_region(network="Main"))
    with Engine(workspace=workspace).attached(program) as engine:
        plan = plan_of(engine.plan([program]))
    assert plan.error is not None
    assert "lower-case" in f"{plan.error} {plan.diagnostics}"


def test_no_secret_lies_in_plain_anywhere(workspace: Workspace, tmp_path: Path) -> None:
    program = _program(_region())
    with Engine(workspace=workspace).attached(program) as engine:
        changes(engine.apply([program]))
        files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert workspace.sandbox_data("test") in files
    assert [path for path, content in files.items() if CANARY.encode() in content] == []


def _encrypted_topic(*, granted: bool = True) -> None:
    import pulumi_gcp as gcp

    ring = gcp.kms.KeyRing("ring", name="main", location=REGION)
    key = gcp.kms.CryptoKey("key", name="messages", key_ring=ring.id)
    agent = gcp.projects.ServiceIdentity("agent", service="pubsub.googleapis.com")
    role = "roles/cloudkms.cryptoKeyEncrypterDecrypter" if granted else "roles/cloudkms.viewer"
    grant = gcp.projects.IAMMember("grant", project="acme-test", role=role, member=agent.member)
    gcp.pubsub.Topic("topic", name="events", kms_key_name=key.id, opts=pulumi.ResourceOptions(depends_on=[grant]))


def test_an_approved_plan_is_carried_to_its_end_while_its_grants_spread(workspace: Workspace) -> None:
    program = _program(_encrypted_topic)
    with Engine(workspace=workspace).attached(program) as engine:
        clouds.add_fault(workspace.sandbox_data("test"), FaultKind.STALE_GRANTS)
        plan_of(engine.plan([program]))
        expected = Expected(state=engine.state_mark(program), check=lambda plan: None)
        done = plan_of(engine.apply_exactly([program], RunOptions(fingerprint_key=b"k" * 32), {STACK: expected}))
        assert done.error is None, done.error
        assert [said.message for said in done.diagnostics if "knows the new grants yet" in said.message]
        assert changes(engine.plan([program])) == {}


def test_an_update_that_grants_too_little_ends_and_says_that_it_can_go_on(workspace: Workspace) -> None:
    program = _program(lambda: _encrypted_topic(granted=False))
    with Engine(workspace=workspace).attached(program) as engine:
        failed = plan_of(engine.apply([program]))
        assert isinstance(failed.error, RunFailed)
        assert "run the same command again" in (failed.error.hint or "")
        assert [step.name for step in failed.failed] == ["topic"]


def test_what_cloud_run_still_holds_goes_when_it_is_tried_again_later(workspace: Workspace) -> None:
    program = _program(_region())
    with Engine(workspace=workspace).attached(program) as engine:
        changes(engine.apply([program]))
        clouds.add_fault(workspace.sandbox_data("test"), FaultKind.HELD_ADDRESSES, count=1)
        held = plan_of(engine.destroy([program], RunOptions(continue_on_error=True)))
        assert held.error is not None
        assert "an hour or two" in (held.error.hint or "")
        left = {resource.name for resource in engine.state(program).resources if resource.type.startswith("gcp:")}
        assert left == {"network", "subnet"}
        assert plan_of(engine.destroy([program])).error is None
        assert clouds.resources(workspace.sandbox_data("test")) == []
