from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import MembershipFields


class AddMember(BaseModel):
    add_member: Union[
        "AddMemberAddMemberMemberAdded",
        "AddMemberAddMemberAlreadyMember",
        "AddMemberAddMemberOperationConflict",
        "AddMemberAddMemberNotYours",
        "AddMemberAddMemberInvalid",
    ] = Field(alias="addMember", discriminator="typename__")


class AddMemberAddMemberMemberAdded(BaseModel):
    typename__: Literal["MemberAdded"] = Field(alias="__typename")
    membership: "AddMemberAddMemberMemberAddedMembership"


AddMemberAddMemberMemberAddedMembership = MembershipFields


class AddMemberAddMemberAlreadyMember(BaseModel):
    typename__: Literal["AlreadyMember"] = Field(alias="__typename")
    membership: "AddMemberAddMemberAlreadyMemberMembership"


AddMemberAddMemberAlreadyMemberMembership = MembershipFields


class AddMemberAddMemberOperationConflict(BaseModel):
    typename__: Literal["OperationConflict"] = Field(alias="__typename")
    operation_id: str = Field(alias="operationId")


class AddMemberAddMemberNotYours(BaseModel):
    typename__: Literal["NotYours"] = Field(alias="__typename")
    id: str


class AddMemberAddMemberInvalid(BaseModel):
    typename__: Literal["Invalid"] = Field(alias="__typename")
    field: str
    reason: str


AddMember.model_rebuild()
AddMemberAddMemberMemberAdded.model_rebuild()
AddMemberAddMemberAlreadyMember.model_rebuild()
