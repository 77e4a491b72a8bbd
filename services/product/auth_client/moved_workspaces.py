from .base_model import BaseModel
from .fragments import MovedFields


class MovedWorkspaces(BaseModel):
    moved: list["MovedWorkspacesMoved"]


MovedWorkspacesMoved = MovedFields
MovedWorkspaces.model_rebuild()
