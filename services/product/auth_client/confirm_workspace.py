from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import WorkspaceFields


class ConfirmWorkspace(BaseModel):
    confirm_workspace: Union[
        "ConfirmWorkspaceConfirmWorkspaceConfirmed",
        "ConfirmWorkspaceConfirmWorkspaceClaimLost",
        "ConfirmWorkspaceConfirmWorkspaceNotYours",
    ] = Field(alias="confirmWorkspace", discriminator="typename__")


class ConfirmWorkspaceConfirmWorkspaceConfirmed(BaseModel):
    typename__: Literal["Confirmed"] = Field(alias="__typename")
    workspace: "ConfirmWorkspaceConfirmWorkspaceConfirmedWorkspace"


ConfirmWorkspaceConfirmWorkspaceConfirmedWorkspace = WorkspaceFields


class ConfirmWorkspaceConfirmWorkspaceClaimLost(BaseModel):
    typename__: Literal["ClaimLost"] = Field(alias="__typename")
    workspace_id: str = Field(alias="workspaceId")


class ConfirmWorkspaceConfirmWorkspaceNotYours(BaseModel):
    typename__: Literal["NotYours"] = Field(alias="__typename")
    id: str


ConfirmWorkspace.model_rebuild()
ConfirmWorkspaceConfirmWorkspaceConfirmed.model_rebuild()
