from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import Entity, ResyncReason
from .fragments import (
    CredentialFields,
    GoneFields,
    MembershipFields,
    MovedFields,
    WorkspaceFields,
)


class ChangesSince(BaseModel):
    changes_since: Union[
        "ChangesSinceChangesSinceChanges", "ChangesSinceChangesSinceResync"
    ] = Field(alias="changesSince", discriminator="typename__")


class ChangesSinceChangesSinceChanges(BaseModel):
    typename__: Literal["Changes"] = Field(alias="__typename")
    changes: list["ChangesSinceChangesSinceChangesChanges"]
    cursor: str
    more: bool


class ChangesSinceChangesSinceChangesChanges(BaseModel):
    n: int
    entity: Entity
    id: str
    record: Union[
        "ChangesSinceChangesSinceChangesChangesRecordWorkspace",
        "ChangesSinceChangesSinceChangesChangesRecordMembership",
        "ChangesSinceChangesSinceChangesChangesRecordCredential",
        "ChangesSinceChangesSinceChangesChangesRecordMoved",
        "ChangesSinceChangesSinceChangesChangesRecordGone",
    ] = Field(discriminator="typename__")


class ChangesSinceChangesSinceChangesChangesRecordWorkspace(WorkspaceFields):
    typename__: Literal["Workspace"] = Field(alias="__typename")


class ChangesSinceChangesSinceChangesChangesRecordMembership(MembershipFields):
    typename__: Literal["Membership"] = Field(alias="__typename")


class ChangesSinceChangesSinceChangesChangesRecordCredential(CredentialFields):
    typename__: Literal["Credential"] = Field(alias="__typename")


class ChangesSinceChangesSinceChangesChangesRecordMoved(MovedFields):
    typename__: Literal["Moved"] = Field(alias="__typename")


class ChangesSinceChangesSinceChangesChangesRecordGone(GoneFields):
    typename__: Literal["Gone"] = Field(alias="__typename")


class ChangesSinceChangesSinceResync(BaseModel):
    typename__: Literal["Resync"] = Field(alias="__typename")
    reason: ResyncReason


ChangesSince.model_rebuild()
ChangesSinceChangesSinceChanges.model_rebuild()
ChangesSinceChangesSinceChangesChanges.model_rebuild()
