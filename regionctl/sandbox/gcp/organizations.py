"""Projects and folders. A project's id is taken for ever: https://cloud.google.com/resource-manager/docs/creating-managing-projects."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Call, Emulation, Never, constant, timestamp
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM, PROJECT
from regionctl.sandbox.gcp.naming import project_number

_EXISTS: Final = "Requested entity already exists"


def _delete_contents(call: Call) -> None:
    call.tx.delete_project(call.inputs["projectId"])


def _folder_number(call: Call) -> str:
    return call.digits(f"{call.inputs.get('parent')}|{call.inputs.get('displayName')}|{call.urn_name}", 12)


EMULATIONS: Final = (
    Emulation(
        token=PROJECT,
        id="projects/{projectId}",
        title="project",
        words=ONE_PLATFORM.but(
            exists=_EXISTS, exists_reason="alreadyExists", buried=_EXISTS, buried_reason="alreadyExists"
        ),
        formats={"projectId": formats.PROJECT_ID},
        tombstone_s=Never.FREE_AGAIN,
        on_delete=(_delete_contents,),
        outputs={"number": lambda call: project_number(call.inputs["projectId"]), "name": "{projectId}"},
    ),
    Emulation(
        token="gcp:organizations/folder:Folder",
        # https://cloud.google.com/resource-manager/reference/rest/v3/folders: "folders/{folder_id}", a number
        id=lambda call: f"folders/{_folder_number(call)}",
        title="folder",
        words=ONE_PLATFORM,
        outputs={
            "name": "{id}",
            "folderId": lambda call: call.id.removeprefix("folders/"),
            "lifecycleState": constant("ACTIVE"),
            "createTime": lambda call: timestamp(call.now_s),
            "managementProject": "",
            "configuredCapabilities": constant([]),
        },
    ),
)
