from typing import Annotated, Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import (
    CredentialFields,
    GoneFields,
    MembershipFields,
    MovedFields,
    WorkspaceFields,
)


class Snapshot(BaseModel):
    snapshot: "SnapshotSnapshot"


class SnapshotSnapshot(BaseModel):
    records: list[
        Annotated[
            Union[
                "SnapshotSnapshotRecordsWorkspace",
                "SnapshotSnapshotRecordsMembership",
                "SnapshotSnapshotRecordsCredential",
                "SnapshotSnapshotRecordsMoved",
                "SnapshotSnapshotRecordsGone",
            ],
            Field(discriminator="typename__"),
        ]
    ]
    after: Optional[str]
    cursor: str


class SnapshotSnapshotRecordsWorkspace(WorkspaceFields):
    typename__: Literal["Workspace"] = Field(alias="__typename")


class SnapshotSnapshotRecordsMembership(MembershipFields):
    typename__: Literal["Membership"] = Field(alias="__typename")


class SnapshotSnapshotRecordsCredential(CredentialFields):
    typename__: Literal["Credential"] = Field(alias="__typename")


class SnapshotSnapshotRecordsMoved(MovedFields):
    typename__: Literal["Moved"] = Field(alias="__typename")


class SnapshotSnapshotRecordsGone(GoneFields):
    typename__: Literal["Gone"] = Field(alias="__typename")


Snapshot.model_rebuild()
SnapshotSnapshot.model_rebuild()
