from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import MembershipFields, WorkspaceFields


class CreateWorkspace(BaseModel):
    create_workspace: Union[
        "CreateWorkspaceCreateWorkspaceWorkspaceClaimed",
        "CreateWorkspaceCreateWorkspaceUrlKeyTaken",
        "CreateWorkspaceCreateWorkspaceOperationConflict",
        "CreateWorkspaceCreateWorkspacePlacedElsewhere",
        "CreateWorkspaceCreateWorkspaceInvalid",
    ] = Field(alias="createWorkspace", discriminator="typename__")


class CreateWorkspaceCreateWorkspaceWorkspaceClaimed(BaseModel):
    typename__: Literal["WorkspaceClaimed"] = Field(alias="__typename")
    workspace: "CreateWorkspaceCreateWorkspaceWorkspaceClaimedWorkspace"
    owner: "CreateWorkspaceCreateWorkspaceWorkspaceClaimedOwner"


CreateWorkspaceCreateWorkspaceWorkspaceClaimedWorkspace = WorkspaceFields
CreateWorkspaceCreateWorkspaceWorkspaceClaimedOwner = MembershipFields


class CreateWorkspaceCreateWorkspaceUrlKeyTaken(BaseModel):
    typename__: Literal["UrlKeyTaken"] = Field(alias="__typename")
    url_key: str = Field(alias="urlKey")


class CreateWorkspaceCreateWorkspaceOperationConflict(BaseModel):
    typename__: Literal["OperationConflict"] = Field(alias="__typename")
    operation_id: str = Field(alias="operationId")


class CreateWorkspaceCreateWorkspacePlacedElsewhere(BaseModel):
    typename__: Literal["PlacedElsewhere"] = Field(alias="__typename")
    region: str


class CreateWorkspaceCreateWorkspaceInvalid(BaseModel):
    typename__: Literal["Invalid"] = Field(alias="__typename")
    field: str
    reason: str


CreateWorkspace.model_rebuild()
CreateWorkspaceCreateWorkspaceWorkspaceClaimed.model_rebuild()
