"""Small exports as other people have them, and what they are to us-east."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regionctl.adopt.classify import Class, Classification, classify, rules
from regionctl.adopt.declared import declared
from regionctl.adopt.readers import read
from tests.adopt.clouds import us_east

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


API_TF = f"""\
resource "google_project_service" "compute_googleapis_com" {{
  project = "{NUMBER}"
  service = "compute.googleapis.com"
}}
# terraform import google_project_service.compute_googleapis_com {NUMBER}/compute.googleapis.com
"""


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


JSON_SYNTAX = json.dumps(
    {"resource": {"google_compute_network": {"main": NETWORK}}, "module": {"m": {"source": "./m"}}}
)
