"""What a project has: enabled APIs, the agents of Google's services, its IAM policy."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Call, Emulation, constant, revision
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM, SERVICE
from regionctl.sandbox.gcp.policies import project_binding, project_member

# https://cloud.google.com/iam/docs/service-agents, November 2026
_AGENTS: Final = {
    "artifactregistry.googleapis.com": "gcp-sa-artifactregistry",
    "cloudbuild.googleapis.com": "gcp-sa-cloudbuild",
    "cloudkms.googleapis.com": "gcp-sa-cloudkms",
    "compute.googleapis.com": "compute-system",
    "iap.googleapis.com": "gcp-sa-iap",
    "monitoring.googleapis.com": "gcp-sa-monitoring-notification",
    "logging.googleapis.com": "gcp-sa-logging",
    "networksecurity.googleapis.com": "gcp-sa-networksecurity",
    "pubsub.googleapis.com": "gcp-sa-pubsub",
    "redis.googleapis.com": "cloud-redis",
    "run.googleapis.com": "serverless-robot-prod",
    "secretmanager.googleapis.com": "gcp-sa-secretmanager",
    "servicenetworking.googleapis.com": "service-networking",
    "sqladmin.googleapis.com": "gcp-sa-cloud-sql",
    "storage.googleapis.com": "gs-project-accounts",
}


def _agent(call: Call) -> str:
    service = call.inputs["service"]
    agent = _AGENTS.get(service, f"gcp-sa-{service.partition('.')[0]}")
    return call.fill("service-{number}@{agent}.iam.gserviceaccount.com", agent=agent)


EMULATIONS: Final = (
    Emulation(
        token=SERVICE,
        title="project service",
        words=ONE_PLATFORM,
        formats={"service": formats.SERVICE_NAME},
        shared=True,
    ),
    Emulation(
        token="gcp:projects/serviceIdentity:ServiceIdentity",
        id="projects/{project}/services/{service}",
        title="service identity",
        words=ONE_PLATFORM,
        formats={"service": formats.SERVICE_NAME},
        shared=True,
        outputs={"email": _agent, "member": lambda call: f"serviceAccount:{_agent(call)}"},
    ),
    project_member("gcp:projects/iAMMember:IAMMember"),
    project_binding("gcp:projects/iAMBinding:IAMBinding"),
    Emulation(
        token="gcp:projects/iAMAuditConfig:IAMAuditConfig",
        id="{project}/audit_config/{service}",
        # The import section of google_project_iam_audit_config: "your-project-id foo.googleapis.com".
        imported=lambda _call, id_: id_.replace(" ", "/audit_config/"),
        title="audit configuration",
        words=ONE_PLATFORM,
        shared=True,
        outputs={"etag": revision("Bw")},
        mutable=frozenset({"etag"}),
    ),
    Emulation(
        # The accounts themselves are Google's: none of them is in the store.
        token="gcp:projects/defaultServiceAccounts:DefaultServiceAccounts",
        id="projects/{project}",
        title="default service accounts",
        words=ONE_PLATFORM,
        outputs={"serviceAccounts": constant({})},
    ),
    Emulation(
        token="gcp:projects/iAMCustomRole:IAMCustomRole",
        id="projects/{project}/roles/{roleId}",
        title="custom role",
        words=ONE_PLATFORM,
        outputs={"name": "{id}", "deleted": constant(False)},
    ),
)
