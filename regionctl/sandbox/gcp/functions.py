"""The provider's functions (data sources) that are emulated."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.gcp.naming import project_number
from regionctl.sandbox.wire import Value

STORAGE_ACCOUNT: Final = "gcp:storage/getProjectServiceAccount:getProjectServiceAccount"


def storage_account(project: str) -> dict[str, Value]:
    """Cloud Storage's service agent of a project. https://cloud.google.com/storage/docs/projects#service-agents"""
    email = f"service-{project_number(project)}@gs-project-accounts.iam.gserviceaccount.com"
    return {"id": email, "emailAddress": email, "member": f"serviceAccount:{email}", "project": project}
