from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel


class RemoveMember(BaseModel):
    remove_member: Union[
        "RemoveMemberRemoveMemberDeleted", "RemoveMemberRemoveMemberNotYours"
    ] = Field(alias="removeMember", discriminator="typename__")


class RemoveMemberRemoveMemberDeleted(BaseModel):
    typename__: Literal["Deleted"] = Field(alias="__typename")
    id: str


class RemoveMemberRemoveMemberNotYours(BaseModel):
    typename__: Literal["NotYours"] = Field(alias="__typename")
    id: str


RemoveMember.model_rebuild()
