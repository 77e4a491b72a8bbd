from pydantic import Field

from .base_model import BaseModel


class DeletionsCursor(BaseModel):
    deletions_cursor: int = Field(alias="deletionsCursor")
