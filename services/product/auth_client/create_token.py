from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import CredentialFields


class CreateToken(BaseModel):
    create_token: Union[
        "CreateTokenCreateTokenTokenCreated",
        "CreateTokenCreateTokenNotYours",
        "CreateTokenCreateTokenInvalid",
    ] = Field(alias="createToken", discriminator="typename__")


class CreateTokenCreateTokenTokenCreated(BaseModel):
    typename__: Literal["TokenCreated"] = Field(alias="__typename")
    credential: "CreateTokenCreateTokenTokenCreatedCredential"
    token: str


CreateTokenCreateTokenTokenCreatedCredential = CredentialFields


class CreateTokenCreateTokenNotYours(BaseModel):
    typename__: Literal["NotYours"] = Field(alias="__typename")
    id: str


class CreateTokenCreateTokenInvalid(BaseModel):
    typename__: Literal["Invalid"] = Field(alias="__typename")
    field: str
    reason: str


CreateToken.model_rebuild()
CreateTokenCreateTokenTokenCreated.model_rebuild()
