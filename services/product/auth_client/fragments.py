from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import CredentialKind, Entity, Role, Scope, WorkspaceState


class CredentialFields(BaseModel):
    id: str
    kind: CredentialKind
    hash: str
    account_id: str = Field(alias="accountId")
    bound_to: Optional[str] = Field(alias="boundTo")
    scopes: list[Scope]
    name: str
    created_at: datetime = Field(alias="createdAt")
    expires_at: Optional[datetime] = Field(alias="expiresAt")
    revoked_at: Optional[datetime] = Field(alias="revokedAt")


class GoneFields(BaseModel):
    entity: Entity
    id: str
    of_workspace: Optional[str] = Field(alias="ofWorkspace")


class MembershipFields(BaseModel):
    id: str
    workspace_id: str = Field(alias="workspaceId")
    account_id: str = Field(alias="accountId")
    role: Role
    name: str
    email: str
    place_version: int = Field(alias="placeVersion")
    row_version: int = Field(alias="rowVersion")


class MovedFields(BaseModel):
    workspace_id: str = Field(alias="workspaceId")
    place_version: int = Field(alias="placeVersion")
    statement: str


class WorkspaceFields(BaseModel):
    id: str
    name: str
    url_key: str = Field(alias="urlKey")
    region: str
    place_version: int = Field(alias="placeVersion")
    row_version: int = Field(alias="rowVersion")
    state: WorkspaceState


CredentialFields.model_rebuild()
GoneFields.model_rebuild()
MembershipFields.model_rebuild()
MovedFields.model_rebuild()
WorkspaceFields.model_rebuild()
