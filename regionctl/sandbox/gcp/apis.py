"""Google's APIs: how they say no, and in which projects they are enabled.

A project that the emulated cloud made has the APIs that were enabled in it. One that it did not make is taken to have
been there before, with all of them.
"""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Call, Words
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp.naming import by_id, project_number

PROJECT: Final = "gcp:organizations/project:Project"
SERVICE: Final = "gcp:projects/service:Service"

# The API behind each package of the SDK that must be enabled in the resource's own project. Client-based APIs
# (billingbudgets, cloudresourcemanager, orgpolicy, serviceusage) must be enabled in the caller's quota project instead,
# which is not emulated: https://cloud.google.com/docs/quotas/quota-project
_APIS: Final = {
    "artifactregistry": "artifactregistry.googleapis.com",
    "certificatemanager": "certificatemanager.googleapis.com",
    "cloudfunctions": "cloudfunctions.googleapis.com",
    "cloudfunctionsv2": "cloudfunctions.googleapis.com",
    "cloudrun": "run.googleapis.com",
    "cloudrunv2": "run.googleapis.com",
    "compute": "compute.googleapis.com",
    "container": "container.googleapis.com",
    "dns": "dns.googleapis.com",
    "kms": "cloudkms.googleapis.com",
    "logging": "logging.googleapis.com",
    "monitoring": "monitoring.googleapis.com",
    "networkconnectivity": "networkconnectivity.googleapis.com",
    "networksecurity": "networksecurity.googleapis.com",
    "pubsub": "pubsub.googleapis.com",
    "redis": "redis.googleapis.com",
    "secretmanager": "secretmanager.googleapis.com",
    "serviceaccount": "iam.googleapis.com",
    "servicenetworking": "servicenetworking.googleapis.com",
    "sql": "sqladmin.googleapis.com",
}
# Enabled in every new project: https://cloud.google.com/service-usage/docs/enabled-service#default
_ALWAYS: Final = frozenset({"logging.googleapis.com", "monitoring.googleapis.com", "storage.googleapis.com"})


def require_project(call: Call) -> None:
    """Refuses a resource in a project that was deleted, or whose API nobody enabled."""
    project = call.scope.get("project")
    if not isinstance(project, str) or call.kind.emulation.token == PROJECT:
        return
    path = by_id(f"projects/{project}", call.tx.projects())
    if call.tx.buried(PROJECT, path, call.now_s):
        raise CloudError(403, "forbidden", f"Project '{project}' has been deleted.")
    api = _APIS.get(call.kind.schema.service)
    if api is None or api in _ALWAYS or call.tx.find(PROJECT, path) is None:
        return
    if call.tx.find(SERVICE, f"{path.partition('/')[2]}/{api}") is None:
        raise CloudError(403, "accessNotConfigured", _NOT_ENABLED.format(api=api, number=project_number(project)))


# https://cloud.google.com/service-usage/docs/troubleshooting
_NOT_ENABLED: Final = (
    "{api} has not been used in project {number} before or it is disabled. Enable it by visiting"
    " https://console.developers.google.com/apis/api/{api}/overview?project={number} then retry. If you enabled this"
    " API recently, wait a few minutes for the action to propagate to our systems and retry."
)


# https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-resource-errors
COMPUTE: Final = Words(
    exists="The resource '{id}' already exists",
    exists_reason="alreadyExists",
    missing=(
        "Invalid value for field 'resource.{field}': '{target}'."
        " The referenced {target_title} resource cannot be found."
    ),
    missing_reason="invalid",
    missing_status=400,
    in_use="The {title} resource '{id}' is already being used by '{target}'",
    in_use_reason="resourceInUseByAnotherResource",
)

# google.rpc.Code: https://cloud.google.com/apis/design/errors
ONE_PLATFORM: Final = Words(
    exists="Resource '{path}' already exists",
    exists_reason="ALREADY_EXISTS",
    missing="{target_title} '{target}' was not found",
    missing_reason="NOT_FOUND",
    in_use="{title} '{path}' is still used by '{target}'",
    in_use_reason="FAILED_PRECONDITION",
)
