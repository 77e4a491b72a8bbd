from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Entity, Role


class DeletionInput(BaseModel):
    """A row that was deleted in the region, from its audit."""

    workspace_id: str = Field(alias="workspaceId")
    entity: Entity
    id: str


class MemberFactsInput(BaseModel):
    name: str
    role: Role


class UpdateInput(BaseModel):
    """The latest state of one record of the region. Exactly one of `workspace` and `member`."""

    workspace_id: str = Field(alias="workspaceId")
    id: str
    "The workspace's or the membership's."
    place_version: int = Field(alias="placeVersion")
    row_version: int = Field(alias="rowVersion")
    workspace: Optional["WorkspaceFactsInput"] = None
    member: Optional["MemberFactsInput"] = None


class WorkspaceFactsInput(BaseModel):
    name: str
    url_key: str = Field(alias="urlKey")


UpdateInput.model_rebuild()
