from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import UpdateOutcome


class ApplyUpdates(BaseModel):
    apply_updates: Union[
        "ApplyUpdatesApplyUpdatesUpdatesApplied", "ApplyUpdatesApplyUpdatesInvalid"
    ] = Field(alias="applyUpdates", discriminator="typename__")


class ApplyUpdatesApplyUpdatesUpdatesApplied(BaseModel):
    typename__: Literal["UpdatesApplied"] = Field(alias="__typename")
    outcomes: list["ApplyUpdatesApplyUpdatesUpdatesAppliedOutcomes"]


class ApplyUpdatesApplyUpdatesUpdatesAppliedOutcomes(BaseModel):
    workspace_id: str = Field(alias="workspaceId")
    id: str
    outcome: UpdateOutcome


class ApplyUpdatesApplyUpdatesInvalid(BaseModel):
    typename__: Literal["Invalid"] = Field(alias="__typename")
    field: str
    reason: str


ApplyUpdates.model_rebuild()
ApplyUpdatesApplyUpdatesUpdatesApplied.model_rebuild()
