from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel


class ApplyDeletions(BaseModel):
    apply_deletions: Union[
        "ApplyDeletionsApplyDeletionsDeletionsApplied",
        "ApplyDeletionsApplyDeletionsCursorMismatch",
        "ApplyDeletionsApplyDeletionsInvalid",
    ] = Field(alias="applyDeletions", discriminator="typename__")


class ApplyDeletionsApplyDeletionsDeletionsApplied(BaseModel):
    typename__: Literal["DeletionsApplied"] = Field(alias="__typename")
    cursor: int


class ApplyDeletionsApplyDeletionsCursorMismatch(BaseModel):
    typename__: Literal["CursorMismatch"] = Field(alias="__typename")
    cursor: int


class ApplyDeletionsApplyDeletionsInvalid(BaseModel):
    typename__: Literal["Invalid"] = Field(alias="__typename")
    field: str
    reason: str


ApplyDeletions.model_rebuild()
