from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel


class DeleteWorkspace(BaseModel):
    delete_workspace: Union[
        "DeleteWorkspaceDeleteWorkspaceDeleted",
        "DeleteWorkspaceDeleteWorkspaceNotYours",
    ] = Field(alias="deleteWorkspace", discriminator="typename__")


class DeleteWorkspaceDeleteWorkspaceDeleted(BaseModel):
    typename__: Literal["Deleted"] = Field(alias="__typename")
    id: str


class DeleteWorkspaceDeleteWorkspaceNotYours(BaseModel):
    typename__: Literal["NotYours"] = Field(alias="__typename")
    id: str


DeleteWorkspace.model_rebuild()
