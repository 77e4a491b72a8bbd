"""A program of the kind that Pulumi's examples show, on the emulated Google Cloud: up, nothing left to do, destroy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pytest

from regionctl.engine import Engine, Op, Workspace
from regionctl.model.program import StackProgram, Target
from regionctl.sandbox import clouds
from tests.sandbox.runs import changes

pytestmark = pytest.mark.engine


def _address(interfaces: Sequence[Any]) -> str:
    return f"http://{interfaces[0].access_configs[0].nat_ip}"


def _run() -> None:
    import pulumi_gcp as gcp

    project = gcp.organizations.get_project()
    image = gcp.compute.get_image(family="debian-12", project="debian-cloud")
    subnet = gcp.compute.get_subnetwork(name="default")
    machine = gcp.compute.Instance(
        "machine",
        machine_type="e2-micro",
        boot_disk={"initialize_params": {"image": image.self_link}},
        network_interfaces=[{"network": "default", "access_configs": [{}]}],
    )
    gcp.compute.Firewall(
        "web", network="default", allows=[{"protocol": "tcp", "ports": ["80"]}], source_ranges=["0.0.0.0/0"]
    )
    service = gcp.cloudrun.Service(
        "web", location="us-central1", template={"spec": {"containers": [{"image": "gcr.io/cloudrun/hello"}]}}
    )
    everyone = gcp.organizations.get_iam_policy(bindings=[{"role": "roles/run.invoker", "members": ["allUsers"]}])
    gcp.cloudrun.IamPolicy(
        "everyone", location=service.location, service=service.name, policy_data=everyone.policy_data
    )
    cluster = gcp.container.Cluster("cluster", initial_node_count=1, deletion_protection=False)
    gcp.container.NodePool("pool", cluster=cluster.name, location=cluster.location, node_count=1)
    dataset = gcp.bigquery.Dataset("events", dataset_id="events")
    schema = json.dumps([{"name": "at", "type": "TIMESTAMP"}])
    gcp.bigquery.Table(
        "visits", dataset_id=dataset.dataset_id, table_id="visits", deletion_protection=False, schema=schema
    )
    secret = gcp.secretmanager.Secret("password", secret_id="password", replication={"auto": {}})
    gcp.secretmanager.SecretVersion("password", secret=secret.name, secret_data="s3cret")
    bucket = gcp.storage.Bucket("site", location="US", website={"main_page_suffix": "index.html"}, force_destroy=True)
    gcp.storage.BucketObject("index", bucket=bucket.name, name="index.html", content="<h1>hello</h1>")
    backend = gcp.compute.BackendBucket("site", bucket_name=bucket.name)
    urls = gcp.compute.URLMap("site", default_service=backend.self_link)
    proxy = gcp.compute.TargetHttpProxy("site", url_map=urls.self_link)
    address = gcp.compute.GlobalAddress("site")
    gcp.compute.GlobalForwardingRule("site", ip_address=address.address, port_range="80", target=proxy.self_link)
    pulumi.export("agent", f"service-{project.number}@gcp-sa-pubsub.iam.gserviceaccount.com")
    pulumi.export("range", subnet.ip_cidr_range)
    pulumi.export("machine", machine.network_interfaces.apply(_address))
    pulumi.export("url", service.statuses[0].url)
    pulumi.export("endpoint", cluster.endpoint)


def test_a_public_program_comes_up_stays_and_goes(workspace: Workspace) -> None:
    program = StackProgram(
        project="regionctl",
        name="test.public",
        fleet="test",
        region=None,
        target=Target.SANDBOX,
        run=_run,
        config={"gcp:project": "acme-test", "gcp:region": "us-central1", "gcp:zone": "us-central1-a"},
    )
    with Engine(workspace=workspace).attached(program) as engine:
        assert set.union(*changes(engine.apply([program])).values()) == {Op.CREATE}
        outputs = engine.outputs(program)
        assert changes(engine.plan([program])) == {}
        assert changes(engine.plan_refresh([program])) == {}
        changes(engine.destroy([program]))
    assert outputs["range"] == "10.128.0.0/20"
    assert all(outputs.values())
    assert {resource.name for resource in clouds.resources(workspace.sandbox_data("test"))} <= {"default"}
