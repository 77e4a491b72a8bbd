"""Exports as other people have them: what they hold is read or named, and nothing of them is guessed."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from regionctl.adopt.classify import Classification, classify
from regionctl.adopt.declared import declared
from regionctl.adopt.inventory import UnreadableExport
from regionctl.adopt.readers import read
from regionctl.adopt.rules import Class, rules
from regionctl.adopt.writers import Format
from regionctl.sandbox.gcp.naming import project_number
from tests.adopt.clouds import export, us_east

PROJECT = "acme-prod-us-east-1"
NUMBER = "424242424242"
NETWORK = {"name": "main", "auto_create_subnetworks": False, "routing_mode": "REGIONAL", "project": PROJECT}
NETWORK_TF = f"""\
resource "google_compute_network" "main" {{
  name                    = "main"
  project                 = "{PROJECT}"
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
}}
"""
GOOGLE = 'provider["registry.terraform.io/hashicorp/google"]'


def classified(folder: Path, files: Mapping[str, str | bytes]) -> Classification:
    """The files as an export of us-east."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    program, declaration = us_east()
    looked_for = declared(declaration, program.config)
    project, location = program.config["gcp:project"], program.config["gcp:region"]
    return classify(read(folder), looked_for, rules(), project=project, location=location)


def kinds(coverage: Classification) -> dict[str, Class]:
    return {row.found.name: row.class_ for row in coverage.rows}


def unread(coverage: Classification) -> list[str]:
    return [f"{Path(one.where.file).name}:{one.where.line} {one.what}" for one in coverage.unread]


def resource(type_: str, name: str, *instances: Mapping[str, Any], provider: str = GOOGLE) -> dict[str, Any]:
    each = [{"schema_version": 0, **instance} for instance in instances]
    return {"mode": "managed", "type": type_, "name": name, "provider": provider, "instances": each}


def state(*resources: Mapping[str, Any]) -> str:
    head = {"version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "l", "outputs": {}}
    return json.dumps({**head, "resources": list(resources)}, indent=2)


def asset(type_: str, name: str, data: Any, location: str = "global", **more: Any) -> str:
    whole = {"name": f"//{type_.partition('/')[0]}/{name}", "asset_type": type_, **more}
    return json.dumps({**whole, "resource": {"version": "v1", "data": data, "location": location}}) + "\n"


PROJECT_ASSET = asset(
    "cloudresourcemanager.googleapis.com/Project",
    f"projects/{NUMBER}",
    {"projectId": PROJECT, "projectNumber": NUMBER},
)
NETWORK_ASSET = asset(
    "compute.googleapis.com/Network",
    f"projects/{PROJECT}/global/networks/main",
    {"name": "main", "autoCreateSubnetworks": False, "routingConfig": {"routingMode": "REGIONAL"}},
)


# Project numbers

API_TF = f"""\
resource "google_project_service" "compute_googleapis_com" {{
  project = "{NUMBER}"
  service = "compute.googleapis.com"
}}
# terraform import google_project_service.compute_googleapis_com {NUMBER}/compute.googleapis.com
"""
KEY_TF = f'resource "google_secret_manager_secret" "k" {{\n  project = "{NUMBER}"\n  secret_id = "session-key"\n}}\n'


def a_sink(name: str, of: str, type_: str = "google_logging_log_sink") -> str:
    return (
        f'resource "{type_}" "a" {{\n  name = "{name}"\n  project = "{NUMBER}"\n'
        f'  destination = "logging.googleapis.com/projects/{of}/locations/global/buckets/{name}"\n}}\n'
        f"# terraform import {type_}.a {NUMBER}###{name}\n"
    )


SAID_BY = {
    "a sink that Google made": ("sink.tf", a_sink("_Required", PROJECT)),
    "the sink that every project has": ("sink.tf", a_sink("_Default", PROJECT, "google_logging_project_sink")),
    "the account of Compute Engine": (
        "account.tf",
        f'resource "google_service_account" "c" {{\n  account_id = "{NUMBER}-compute"\n  project = "{PROJECT}"\n}}\n',
    ),
    "a grant of Google's own": (
        "grant.tf",
        (
            f'resource "google_project_iam_member" "a" {{\n  project = "{PROJECT}"\n  role = "roles/run.serviceAgent"\n'
            f'  member = "serviceAccount:service-{NUMBER}@serverless-robot-prod.iam.gserviceaccount.com"\n}}\n'
        ),
    ),
    "an asset of the project": ("project.jsonl", PROJECT_ASSET),
    "an asset's ancestors": (
        "net.jsonl",
        NETWORK_ASSET[:-2] + f', "ancestors": ["projects/{NUMBER}", "organizations/1"]}}\n',
    ),
    "the project in a state": (
        "s.tfstate",
        state(resource("google_project", "it", {"attributes": {"project_id": PROJECT, "number": NUMBER}})),
    ),
    "gcloud projects describe": ("project.json", json.dumps({"projectId": PROJECT, "projectNumber": NUMBER})),
    "gcloud projects list": ("projects.json", json.dumps([{"projectId": PROJECT, "projectNumber": NUMBER}])),
}


@pytest.mark.parametrize("by", SAID_BY)
def test_a_number_is_the_project_that_the_export_says_it_is(tmp_path: Path, by: str) -> None:
    file, text = SAID_BY[by]
    coverage = classified(tmp_path, {"api.tf": API_TF, file: text})
    assert kinds(coverage)["compute.googleapis.com"] is Class.PART
    assert not coverage.of(Class.FOREIGN)
    (api,) = (row.found for row in coverage.rows if row.found.name == "compute.googleapis.com")
    assert (api.project, api.import_id) == (PROJECT, f"{PROJECT}/compute.googleapis.com")


def test_a_number_in_a_link_is_the_project_too(tmp_path: Path) -> None:
    version = f"""\
resource "google_secret_manager_secret_version" "1" {{
  secret      = "projects/{NUMBER}/secrets/session-key"
  secret_data = "canary"
}}
# terraform import google_secret_manager_secret_version.1 projects/{NUMBER}/secrets/session-key/versions/1
"""
    coverage = classified(tmp_path, {"a.tf": a_sink("_Required", PROJECT), "1.tf": version})
    (row,) = (row for row in coverage.rows if row.found.name == "1")
    assert (row.class_, row.found.project) == (Class.PART, PROJECT)
    assert row.found.import_id == f"projects/{PROJECT}/secrets/session-key/versions/1"


def test_the_one_number_of_an_export_is_the_projects_that_it_is_compared_with(tmp_path: Path) -> None:
    coverage = classified(tmp_path, {"api.tf": API_TF, "net.tf": NETWORK_TF})
    assert kinds(coverage)["compute.googleapis.com"] is Class.PART


def test_a_number_of_nobody_is_said_to_be_one(tmp_path: Path) -> None:
    other = NETWORK_TF.replace(PROJECT, "acme-else")
    coverage = classified(tmp_path, {"key.tf": KEY_TF, "net.tf": NETWORK_TF, "other.tf": other})
    (row,) = (row for row in coverage.rows if row.found.project == NUMBER)
    assert row.class_ is Class.FOREIGN
    assert "the export does not say whose number that is" in row.because


def test_two_projects_with_one_number_are_believed_neither(tmp_path: Path) -> None:
    other = a_sink("_Required", "acme-else").replace('"a"', '"b"').replace(".a ", ".b ")
    coverage = classified(tmp_path, {"key.tf": KEY_TF, "a.tf": a_sink("_Required", PROJECT), "b.tf": other})
    assert kinds(coverage)["session-key"] is Class.FOREIGN


# Nothing is lost or guessed in silence


def test_equal_names_of_one_file_are_resources_of_their_own(tmp_path: Path) -> None:
    one = 'resource "google_compute_subnetwork" "d" {{\n  name = "default"\n  project = "p"\n  region = "{0}"\n}}\n'
    comment = "# terraform import google_compute_subnetwork.d projects/p/regions/{0}/subnetworks/default\n"
    every = ("us-east1", "europe-west1", "asia-east1")
    (tmp_path / "all.tf").write_text("".join((one + comment).format(region) for region in every))
    assert [found.location for found in read(tmp_path).resources] == list(every)
    (tmp_path / "all.tf").write_text(
        "".join((one.replace('  region = "{0}"\n', "") + comment).format(r) for r in every)
    )
    assert [found.location for found in read(tmp_path).resources] == list(every)


@pytest.mark.parametrize("count", ["count = 0", "count = var.on ? 1 : 0", 'for_each = toset(["a"])', "count = 2"])
def test_what_may_exist_once_never_or_often_is_to_decide(tmp_path: Path, count: str) -> None:
    coverage = classified(tmp_path, {"main.tf": NETWORK_TF.replace("{\n", f"{{\n  {count}\n", 1)})
    (row,) = coverage.rows
    assert (row.class_, row.blocks) == (Class.UNKNOWN, False)
    assert f"`{count.partition(' ')[0]}`" in row.because


def test_an_export_that_knows_goes_before_a_configuration_that_does_not(tmp_path: Path) -> None:
    doubtful = NETWORK_TF.replace("{\n", "{\n  count = var.on ? 1 : 0\n", 1)
    assert kinds(classified(tmp_path, {"a.tf": doubtful, "b.jsonl": NETWORK_ASSET})) == {"main": Class.PART}


def test_cloud_runs_first_version_needs_no_project_of_its_own(tmp_path: Path) -> None:
    text = 'resource "google_cloud_run_service" "api" {\n  name = "api"\n  location = "us-east1"\n}\n'
    (row,) = classified(tmp_path, {"a.tf": text}).rows
    assert row.found.known
    assert row.because == "the export does not say which one it is: it has no project; take Terraform's state instead"


def test_a_count_of_one_is_one(tmp_path: Path) -> None:
    coverage = classified(tmp_path, {"main.tf": NETWORK_TF.replace("{\n", "{\n  count = 1\n", 1)})
    assert kinds(coverage) == {"main": Class.PART}


def test_a_key_that_is_an_expression_is_to_decide(tmp_path: Path) -> None:
    channel = 'resource "google_monitoring_notification_channel" "ops" {\n  project = var.project\n  type = "email"\n'
    coverage = classified(
        tmp_path, {"a.tf": channel + '  labels = {\n    email_address = "ops@acme.example"\n  }\n}\n'}
    )
    assert "by an expression" in coverage.rows[0].because


def test_what_a_dynamic_block_holds_is_not_said_to_be_missing(tmp_path: Path) -> None:
    dynamic = '  dynamic "network_profile" {\n    for_each = var.all\n    content {}\n  }\n}\n'
    coverage = classified(tmp_path, {"a.tf": NETWORK_TF[:-2] + dynamic})
    assert kinds(coverage) == {"main": Class.PART}
    assert "dynamic" not in coverage.rows[0].found.properties


def test_a_module_is_named_as_not_followed(tmp_path: Path) -> None:
    text = 'module "network" {\n  source = "./modules/network"\n}\n'
    assert unread(classified(tmp_path, {"main.tf": text})) == [
        "main.tf:1 module 'network' (./modules/network) is not followed, so its resources are not read"
    ]


def test_a_module_that_is_a_folder_of_the_export_is_read_with_it(tmp_path: Path) -> None:
    """As `gcloud beta resource-config terraform generate-import` writes it beside an export."""
    call = 'module "net" {\n  source = "./projects/p/ComputeNetwork"\n}\n'
    files = {"gcloud-export-modules.tf": call, "projects/p/ComputeNetwork/main.tf": NETWORK_TF}
    coverage = classified(tmp_path, files)
    assert (kinds(coverage), unread(coverage)) == ({"main": Class.PART}, [])
    with_arguments = {**files, "gcloud-export-modules.tf": call.replace("\n}", '\n  name = "x"\n}')}
    assert "is not followed" in unread(classified(tmp_path, with_arguments))[0]


def test_a_deposed_object_is_named_and_the_current_one_compared(tmp_path: Path) -> None:
    old = {"deposed": "0a1b2c3d", "attributes": {**NETWORK, "routing_mode": "GLOBAL"}}
    coverage = classified(
        tmp_path, {"s.tfstate": state(resource("google_compute_network", "main", old, {"attributes": NETWORK}))}
    )
    assert kinds(coverage) == {"main": Class.PART}
    assert "google_compute_network.main: a deposed object (0a1b2c3d)" in unread(coverage)[0]


@pytest.mark.parametrize(
    "text",
    [
        NETWORK_TF.replace(f'"{PROJECT}"', "var.project"),
        NETWORK_TF.replace("REGIONAL", "GLOBAL"),
        NETWORK_TF.replace("{\n", "{\n  count = var.on ? 1 : 0\n", 1),
        'module "net" {\n  source = "./net"\n}\n',
    ],
)
def test_what_a_state_tells_is_not_asked_again_of_its_configuration(tmp_path: Path, text: str) -> None:
    held = resource("google_compute_network", "main", {"attributes": NETWORK, "index_key": 0})
    inside = {**resource("google_compute_router", "r", {"attributes": {"name": "main"}}), "module": "module.net"}
    coverage = classified(tmp_path, {"main.tf": text, "s.tfstate": state(held, inside)})
    assert [row.class_ for row in coverage.rows if row.found.type.endswith(":Network")] == [Class.PART]
    assert not coverage.unread


def test_resources_of_other_providers_stop_nothing_and_their_values_are_not_kept(tmp_path: Path) -> None:
    elsewhere = 'provider["registry.terraform.io/hashicorp/{}"]'
    password = {"attributes": {"result": "canary-in-a-state", "id": "none"}}
    text = state(
        resource("random_password", "pw", password, provider=elsewhere.format("random")),
        resource("time_sleep", "t", {"attributes": {"id": "x"}}, provider=elsewhere.format("time")),
        resource("cloudflare_dns_record", "d", {"attributes": {"id": "1"}}, provider=elsewhere.format("cloudflare")),
    )
    coverage = classified(tmp_path, {"s.tfstate": text, "a.tf": 'resource "null_resource" "x" {}\n'})
    assert kinds(coverage) == {
        "pw": Class.NOT_ESSENTIAL,
        "t": Class.NOT_ESSENTIAL,
        "d": Class.GLOBAL,
        "x": Class.NOT_ESSENTIAL,
    }
    assert not coverage.blocking
    assert "canary-in-a-state" not in repr(coverage)


MEMBERS = [f"serviceAccount:run-{key}@{PROJECT}.iam.gserviceaccount.com" for key in ("api", "sync")]
POLICY = {"bindings": [{"role": "roles/cloudsql.client", "members": MEMBERS}]}
GRANTED = {
    "a binding in a state": (
        "s.tfstate",
        state(
            resource(
                "google_project_iam_binding",
                "sql",
                {
                    "attributes": {
                        "project": PROJECT,
                        "role": "roles/cloudsql.client",
                        "members": MEMBERS,
                        "condition": [],
                    }
                },
            )
        ),
    ),
    "a binding in HCL": (
        "a.tf",
        (
            f'resource "google_project_iam_binding" "s" {{\n  project = "{PROJECT}"\n  role = "roles/cloudsql.client"\n'
            f"  members = {json.dumps(MEMBERS)}\n}}\n"
        ),
    ),
    "a policy in a state": (
        "s.tfstate",
        state(
            resource(
                "google_project_iam_policy",
                "p",
                {"attributes": {"project": PROJECT, "policy_data": json.dumps(POLICY)}},
            )
        ),
    ),
    "a policy of an asset": (
        "a.jsonl",
        PROJECT_ASSET
        + json.dumps(
            {
                "name": f"//cloudresourcemanager.googleapis.com/projects/{NUMBER}",
                "assetType": "cloudresourcemanager.googleapis.com/Project",
                "iamPolicy": POLICY,
            }
        ),
    ),
}


def test_a_star_that_exists_is_a_value_and_no_unknown_one(tmp_path: Path) -> None:
    coverage = classified(tmp_path, {"a.tf": NETWORK_TF.replace("REGIONAL", "*")})
    assert [(one.path, one.exists) for one in coverage.rows[0].differences] == [("routingMode", "*")]


@pytest.mark.parametrize("by", GRANTED)
def test_each_member_is_a_grant_of_its_own(tmp_path: Path, by: str) -> None:
    file, text = GRANTED[by]
    part = classified(tmp_path, {file: text}).of(Class.PART)
    assert [row.found.import_id for row in part] == [f"{PROJECT} roles/cloudsql.client {member}" for member in MEMBERS]


def test_a_conditional_grant_is_not_the_grant_without_its_condition(tmp_path: Path) -> None:
    binding = {"role": "roles/cloudsql.client", "members": MEMBERS[:1]}
    conditional = {**binding, "condition": {"title": "until-march", "expression": "true"}}
    (_, text) = GRANTED["a policy of an asset"]
    text = text.replace(json.dumps(POLICY), json.dumps({"bindings": [binding, conditional]}))
    coverage = classified(tmp_path, {"a.jsonl": text})
    ids = [row.found.import_id for row in coverage.rows if row.found.value("member")]
    assert ids == [
        f"{PROJECT} roles/cloudsql.client {MEMBERS[0]}",
        f"{PROJECT} roles/cloudsql.client {MEMBERS[0]} until-march",
    ]
    assert len(coverage.of(Class.PART)) == 1


def test_members_that_an_expression_gives_are_named(tmp_path: Path) -> None:
    text = 'resource "google_project_iam_binding" "b" {\n  project = "p"\n  role = "r"\n  members = var.all\n}\n'
    assert unread(classified(tmp_path, {"a.tf": text})) == [
        "a.tf:1 google_project_iam_binding.b: whom it grants what is no plain list of members"
    ]


# Cloud Asset Inventory


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


KNATIVE = {
    "apiVersion": "serving.knative.dev/v1",
    "kind": "Service",
    "metadata": {
        "name": "api",
        "namespace": NUMBER,
        "annotations": {"run.googleapis.com/ingress": "internal-and-cloud-load-balancing"},
    },
    "spec": {
        "template": {
            "metadata": {
                "annotations": {
                    "autoscaling.knative.dev/maxScale": "10",
                    "run.googleapis.com/vpc-access-egress": "all-traffic",
                    "run.googleapis.com/network-interfaces": '[{"network":"main","subnetwork":"workloads"}]',
                }
            },
            "spec": {
                "containerConcurrency": 80,
                "timeoutSeconds": 60,
                "serviceAccountName": f"run-api@{PROJECT}.iam.gserviceaccount.com",
                "containers": [
                    {
                        "image": "us-docker.pkg.dev/acme/web/api:1",
                        "ports": [{"containerPort": 8080}],
                        "env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "session-key", "key": "3"}}}],
                        "resources": {"limits": {"cpu": "1", "memory": "512Mi"}},
                    }
                ],
            },
        },
        "traffic": [{"percent": 100, "latestRevision": True}],
    },
}


def in_terraform(value: Any, key: str = "") -> Any:
    """The same in google_cloud_run_service: snake case, and lists of one, but for maps."""
    if isinstance(value, dict) and key not in {"annotations", "limits"}:
        inner = {re_snake(name): in_terraform(item, name) for name, item in value.items()}
        return [inner] if key else inner
    return [in_terraform(item) for item in value] if isinstance(value, list) else value


def re_snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


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
    assert found.value("template.vpcAccess.networkInterfaces.0.subnetwork") == "workloads"
    assert found.value("template.containers.0.image") == "us-docker.pkg.dev/acme/web/api:1"
    assert found.value("template.containers.0.resources.limits") == {"cpu": "1", "memory": "512Mi"}
    assert found.value("template.containers.0.envs.0.valueSource.secretKeyRef.secret") == "session-key"
    assert found.value("traffics.0.type") == "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"


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
    assert found.value("template.template.containers.0.image") == "i"


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


# What lies beside

JSON_SYNTAX = json.dumps(
    {"resource": {"google_compute_network": {"main": NETWORK}}, "module": {"m": {"source": "./m"}}}
)


def test_terraforms_json_syntax_is_read(tmp_path: Path) -> None:
    coverage = classified(tmp_path, {"main.tf.json": JSON_SYNTAX, "x.auto.tfvars.json": '{"project": "p"}'})
    assert kinds(coverage) == {"main": Class.PART}
    assert unread(coverage) == [
        "main.tf.json:1 module 'm' (./m) is not followed, so its resources are not read",
        "x.auto.tfvars.json:1 these are values of variables, no resources",
    ]


def test_a_template_in_json_syntax_is_an_expression(tmp_path: Path) -> None:
    text = JSON_SYNTAX.replace(f'"{PROJECT}"', '"${var.project}"')
    assert "by an expression" in classified(tmp_path, {"main.tf.json": text}).rows[0].because


BESIDE: dict[str, tuple[str | bytes, str]] = {
    "package.json": ('{"name": "functions"}', "this is no export"),
    ".github/renovate.json": ('{"extends": []}', "this is no export"),
    "tsconfig.json": ("{ // not even JSON\n}", "this is not JSON"),
    "empty.json": ("", "the file is empty"),
    "plan.json": ('{"format_version": "1.2", "terraform_version": "1.9", "values": {}}', "`terraform show -json`"),
    "tofu.json": ('{"meta": {}, "encrypted_data": "x"}', "OpenTofu encrypted this state"),
    "network.yaml": ("kind: ComputeNetwork\n", "a file of YAML"),
    "assets.jsonl.gz": (gzip.compress(b"{}"), "a file that is compressed"),
    "terraform.tfstate.backup": ("{}", "a file that is a backup"),
    "notes.txt": ("by hand", "a file that ends in .txt"),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_no_export_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    content, why = BESIDE[name]
    coverage = classified(tmp_path, {"main.tf": NETWORK_TF, name: content})
    assert kinds(coverage) == {"main": Class.PART}
    (told,) = unread(coverage)
    assert told.startswith(Path(name).name)
    assert why in told
    assert "cut off" not in told


def test_a_folder_of_nothing_else_is_refused_with_what_is_in_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableExport, match=r"package\.json:1:1: this is no export.*give a folder of \.tf files"):
        classified(tmp_path, {"package.json": "{}"})


def test_a_folder_behind_a_link_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "main.tf").write_text(NETWORK_TF)
    export = tmp_path / "export"
    export.mkdir()
    (export / "net").symlink_to("../elsewhere")
    (export / "net2").symlink_to("../elsewhere")
    (export / "again").symlink_to(".")
    (export / "gone.tf").symlink_to("nowhere.tf")
    coverage = classified(export, {})
    assert kinds(coverage) == {"main": Class.PART}
    assert unread(coverage) == [
        "again:1 it leads to a folder that is read already",
        "gone.tf:1 the link leads nowhere",
        "net2:1 it leads to a folder that is read already",
    ]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    assert unread(classified(tmp_path, {"main.tf": NETWORK_TF})) == ["pipe.json:1 it is no file"]


@pytest.mark.parametrize(
    ("name", "text", "where", "what"),
    [
        ("a.tfstate", state({"mode": "managed", "type": "google_compute_network"}), ":8:5", "name is missing"),
        ("a.tfstate", state("x"), ":8:5", "it is no object"),  # type: ignore[arg-type]
        ("a.tfstate", state().replace("[]", "7"), ":7:16", "resources is no list"),
        ("a.json", NETWORK_ASSET.replace('"data": {', '"data": "x", "y": {'), ":1:1", "text that is no JSON"),
        ("a.json", NETWORK_ASSET + '{"name": 5, "asset_type": "t"}', ":2:1", "name is no text"),
        ("a.json", NETWORK_ASSET.replace("false", "NaN"), ":1:1", "NaN"),
        ("a.json", NETWORK_ASSET.replace("false", "1e999"), ":1:1", "1e999 is no number"),
        ("a.json", NETWORK_ASSET.replace("false", "1" * 5000), ":1:1", "this is not JSON"),
        ("a.json", NETWORK_ASSET.replace("false", "[" * 90_000), ":1:1", "nested too deeply"),
        ("a.json", NETWORK_ASSET.replace("false", "[" * 150 + "]" * 150), ":1:1", "nested too deeply"),
        ("a.json", NETWORK_ASSET.replace("REGIONAL", "\\ud800"), ":1:1", "half a character"),
        ("a.tf", NETWORK_TF.replace('= "main"', '= "\\ud800"'), ":2:29", "is no character"),
        ("a.tf", NETWORK_TF.replace("false", "[" * 3000 + "]" * 3000), ":1:1", "nested too deeply"),
        (
            "a.tf",
            f"{NETWORK_TF}<<<<<<< HEAD\n}}\n=======\n>>>>>>> theirs\n",
            ":7:1",
            "a merge was left unfinished here",
        ),
        ("a.tf", "# caf\u00e9\n".encode("cp1252"), ":1:6", "no text in UTF-8"),
    ],
)
def test_a_broken_export_is_one_line_at_its_place(
    tmp_path: Path, name: str, text: str | bytes, where: str, what: str
) -> None:
    with pytest.raises(UnreadableExport) as broken:
        classified(tmp_path, {name: text})
    (problem,) = broken.value.problems
    assert (str(problem.where).endswith(where), what in problem.what, bool(problem.hint)) == (True, True, True), str(
        problem
    )


# A whole region


def with_numbers(text: str) -> str:
    """As Google's APIs write it: the project's number in links, and as the project of what has one."""
    number = project_number(PROJECT)
    text = re.sub(rf"projects/{PROJECT}(?![\w-])", f"projects/{number}", text)
    return re.sub(rf'(project\s*= )"{PROJECT}"', rf'\1"{number}"', text)


def through_bigquery(text: str) -> str:
    assets = [json.loads(line) for line in text.splitlines()]
    for one in assets:
        if "resource" in one:
            one["resource"]["data"] = json.dumps(one["resource"]["data"])
    return "\n".join(json.dumps(one) for one in assets)


def through_jq(text: str) -> str:
    return "\ufeff" + "\r\n".join(json.dumps(json.loads(line), indent=2, sort_keys=True) for line in text.splitlines())


@pytest.mark.parametrize(
    ("form", "rewritten"),
    [
        (Format.TERRAFORM, with_numbers),
        (Format.CAI, with_numbers),
        (Format.CAI, through_bigquery),
        (Format.CAI, through_jq),
    ],
)
def test_a_whole_region_is_matched_however_it_was_written_down(
    tmp_path: Path, form: Format, rewritten: Callable[[str], str]
) -> None:
    plain = export(tmp_path / "plain", form)
    other = tmp_path / "other"
    for path in filter(Path.is_file, plain.rglob("*")):
        file = other / path.relative_to(plain)
        file.parent.mkdir(parents=True, exist_ok=True)
        # One file of HCL keeps the id, as real exports do for most types: else nothing would say whose number it is.
        file.write_text(path.read_text() if "ComputeNetwork" in str(path) else rewritten(path.read_text()))
    wanted, got = classified(plain, {}), classified(other, {})
    assert len(got.of(Class.PART)) == len(wanted.of(Class.PART)) > 100
    assert [(row.found.name, row.because) for row in got.rows if row.class_ not in {Class.PART, Class.GLOBAL}] == []
