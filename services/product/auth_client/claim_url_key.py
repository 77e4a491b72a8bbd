from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel


class ClaimUrlKey(BaseModel):
    claim_url_key: Union[
        "ClaimUrlKeyClaimUrlKeyUrlKeyClaimed",
        "ClaimUrlKeyClaimUrlKeyUrlKeyTaken",
        "ClaimUrlKeyClaimUrlKeyOperationConflict",
        "ClaimUrlKeyClaimUrlKeyNotYours",
        "ClaimUrlKeyClaimUrlKeyInvalid",
    ] = Field(alias="claimUrlKey", discriminator="typename__")


class ClaimUrlKeyClaimUrlKeyUrlKeyClaimed(BaseModel):
    typename__: Literal["UrlKeyClaimed"] = Field(alias="__typename")
    url_key: str = Field(alias="urlKey")


class ClaimUrlKeyClaimUrlKeyUrlKeyTaken(BaseModel):
    typename__: Literal["UrlKeyTaken"] = Field(alias="__typename")
    url_key: str = Field(alias="urlKey")


class ClaimUrlKeyClaimUrlKeyOperationConflict(BaseModel):
    typename__: Literal["OperationConflict"] = Field(alias="__typename")
    operation_id: str = Field(alias="operationId")


class ClaimUrlKeyClaimUrlKeyNotYours(BaseModel):
    typename__: Literal["NotYours"] = Field(alias="__typename")
    id: str


class ClaimUrlKeyClaimUrlKeyInvalid(BaseModel):
    typename__: Literal["Invalid"] = Field(alias="__typename")
    field: str
    reason: str


ClaimUrlKey.model_rebuild()
