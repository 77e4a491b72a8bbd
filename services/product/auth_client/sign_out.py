from pydantic import Field

from .base_model import BaseModel


class SignOut(BaseModel):
    sign_out: "SignOutSignOut" = Field(alias="signOut")


class SignOutSignOut(BaseModel):
    done: bool


SignOut.model_rebuild()
