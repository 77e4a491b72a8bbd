"""Assets of Cloud Asset Inventory, in the shapes and by the ways that they come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from regionctl.adopt.classify import Class
from tests.adopt.exports import (
    KNATIVE,
    NETWORK_ASSET,
    NUMBER,
    PROJECT,
    PROJECT_ASSET,
    asset,
    classified,
    in_terraform,
    kinds,
    resource,
    state,
    unread,
)


def test_a_global_load_balancer_is_no_regional_one(tmp_path: Path) -> None:
    text = "".join(
        asset(
            f"compute.googleapis.com/{type_}",
            f"projects/{PROJECT}/{where}/{collection}/web",
            {"name": "web", "rules": [{"priority": 1}]},
            location,
        )
        for type_, collection, where, location in (
            ("UrlMap", "urlMaps", "global", "global"),
            ("TargetHttpsProxy", "targetHttpsProxies", "global", "global"),
            ("SslPolicy", "sslPolicies", "global", "global"),
            ("SecurityPolicy", "securityPolicies", "global", "global"),
            ("BackendService", "backendServices", "global", "global"),
            ("SslCertificate", "sslCertificates", "global", "global"),
            ("NetworkEndpointGroup", "networkEndpointGroups", "zones/us-east1-b", "us-east1-b"),
        )
    )
    coverage = classified(tmp_path, {"a.jsonl": text})
    assert [row.class_ for row in coverage.rows] == [Class.GLOBAL] * 7
    assert all("the edge stands in front of every region instead" in row.because for row in coverage.rows)


@pytest.mark.parametrize("called", ["UrlMap", "RegionUrlMap", "regionUrlMap"])
def test_a_regional_one_is_known_by_its_name(tmp_path: Path, called: str) -> None:
    name = f"projects/{PROJECT}/regions/us-east1/urlMaps/origin-api"
    (row,) = classified(
        tmp_path, {"a.jsonl": asset(f"compute.googleapis.com/{called}", name, {"name": "x"}, "us-east1")}
    ).rows
    assert row.found.type == "gcp:compute/regionUrlMap:RegionUrlMap"


def test_an_account_is_known_by_its_address_and_not_by_the_number_of_its_asset(tmp_path: Path) -> None:
    email = f"run-api@{PROJECT}.iam.gserviceaccount.com"
    data = {"email": email, "name": f"projects/{PROJECT}/serviceAccounts/{email}", "uniqueId": "1082"}
    text = asset("iam.googleapis.com/ServiceAccount", f"projects/{PROJECT}/serviceAccounts/1082", data)
    (row,) = classified(tmp_path, {"a.jsonl": text}).rows
    assert (row.found.name, row.declared is not None) == ("run-api", True)


@pytest.mark.parametrize("form", ["asset", "state"])
def test_cloud_runs_first_version_is_read_like_its_second(tmp_path: Path, form: str) -> None:
    if form == "asset":
        name = f"projects/{PROJECT}/locations/us-east1/services/api"
        files = {"a.jsonl": asset("run.googleapis.com/Service", name, KNATIVE, "us-east1")}
    else:
        values = {**in_terraform(KNATIVE), "name": "api", "location": "us-east1", "project": PROJECT}
        files = {"s.tfstate": state(resource("google_cloud_run_service", "api", {"attributes": values}))}
    (row,) = classified(tmp_path, files).rows
    found = row.found
    assert (row.class_, found.import_id) == (Class.DIFFERS, f"projects/{PROJECT}/locations/us-east1/services/api")
    assert found.value("ingress") == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
    assert found.value("template.serviceAccount") == f"run-api@{PROJECT}.iam.gserviceaccount.com"
    assert (found.value("template.timeout"), found.value("template.maxInstanceRequestConcurrency")) == ("60s", 80)
    assert found.value("template.scaling.maxInstanceCount") == 10
    assert found.value("template.vpcAccess.egress") == "ALL_TRAFFIC"
    assert found.value("template.vpcAccess.networkInterfaces[0].subnetwork") == "workloads"
    assert found.value("template.containers[0].image") == "us-docker.pkg.dev/acme/web/api:1"
    assert found.value("template.containers[0].resources.limits") == {"cpu": "1", "memory": "512Mi"}
    assert found.value("template.containers[0].envs[0].valueSource.secretKeyRef.secret") == "session-key"
    assert found.value("traffics[0].type") == "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"


def test_a_worker_pool_of_cloud_runs_first_version_has_the_instances_that_it_is_told(tmp_path: Path) -> None:
    metadata = {"annotations": {"run.googleapis.com/manualInstanceCount": "3"}}
    data = {
        "kind": "WorkerPool",
        "metadata": metadata,
        "spec": {"template": {"spec": {"containers": [{"image": "i"}]}}},
    }
    name = f"projects/{PROJECT}/locations/us-east1/workerPools/background"
    found = (
        classified(tmp_path, {"a.jsonl": asset("run.googleapis.com/WorkerPool", name, data, "us-east1")}).rows[0].found
    )
    assert (found.value("scaling.manualInstanceCount"), found.value("template.containers[0].image")) == (3, "i")


def test_a_job_of_cloud_runs_first_version_is_read_too(tmp_path: Path) -> None:
    task = {
        "maxRetries": 1,
        "timeoutSeconds": "600",
        "serviceAccountName": "run-migrate@p",
        "containers": [{"image": "i"}],
    }
    network = {"run.googleapis.com/vpc-access-egress": "private-ranges-only"}
    execution = {"metadata": {"annotations": network}, "spec": {"taskCount": 2, "template": {"spec": task}}}
    data = {"apiVersion": "run.googleapis.com/v1", "kind": "Job", "spec": {"template": execution}}
    text = asset("run.googleapis.com/Job", f"projects/{PROJECT}/locations/us-east1/jobs/migrate", data, "us-east1")
    found = classified(tmp_path, {"a.jsonl": text}).rows[0].found
    assert (found.type, found.name) == ("gcp:cloudrunv2/job:Job", "migrate")
    assert (found.value("template.taskCount"), found.value("template.template.maxRetries")) == (2, 1)
    assert found.value("template.template.timeout") == "600s"
    assert found.value("template.template.vpcAccess.egress") == "PRIVATE_RANGES_ONLY"
    assert found.value("template.template.containers[0].image") == "i"


FORMS = {
    "lines": NETWORK_ASSET + PROJECT_ASSET,
    "an array": f"[{NETWORK_ASSET},\n{PROJECT_ASSET}]",
    "pretty printed": json.dumps(json.loads(NETWORK_ASSET), indent=2) + json.dumps(json.loads(PROJECT_ASSET), indent=2),
    "sorted": json.dumps([json.loads(NETWORK_ASSET), json.loads(PROJECT_ASSET)], sort_keys=True),
    "a page of the API": f'{{"readTime": "x", "assets": [{NETWORK_ASSET},{PROJECT_ASSET}]}}',
    "lines of Windows": (NETWORK_ASSET + PROJECT_ASSET).replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + NETWORK_ASSET + PROJECT_ASSET,
    "by way of BigQuery": asset(
        "compute.googleapis.com/Network",
        f"projects/{PROJECT}/global/networks/main",
        json.dumps(json.loads(NETWORK_ASSET)["resource"]["data"]),
    )
    + PROJECT_ASSET,
    "line separators in a text": NETWORK_ASSET.replace('"main"', '"main", "kind": "a\u2028b\u0085c\u2029d"', 1)
    + PROJECT_ASSET,
}


@pytest.mark.parametrize("form", FORMS)
def test_assets_are_read_however_they_were_written_down(tmp_path: Path, form: str) -> None:
    coverage = classified(tmp_path, {"assets.json": FORMS[form]})
    assert {row.found.name: row.class_ for row in coverage.rows} == {"main": Class.PART, NUMBER: Class.GLOBAL}
    assert not coverage.unread


def test_a_file_of_powershell_is_read(tmp_path: Path) -> None:
    assert kinds(classified(tmp_path, {"assets.json": NETWORK_ASSET.encode("utf-16")})) == {"main": Class.PART}


def test_assets_without_a_resource_are_named_once_with_their_number(tmp_path: Path) -> None:
    bare = '{"name": "//run.googleapis.com/projects/p/services/s", "asset_type": "run.googleapis.com/Service"}\n'
    coverage = classified(tmp_path, {"a.jsonl": NETWORK_ASSET + 3 * bare})
    assert unread(coverage) == [
        "a.jsonl:2 run.googleapis.com/Service: the asset has neither `resource.data` nor `iam_policy` (and 2 more)"
    ]
