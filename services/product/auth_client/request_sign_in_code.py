from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel


class RequestSignInCode(BaseModel):
    request_sign_in_code: Union[
        "RequestSignInCodeRequestSignInCodeCodeSent",
        "RequestSignInCodeRequestSignInCodeRateLimited",
        "RequestSignInCodeRequestSignInCodeInvalid",
    ] = Field(alias="requestSignInCode", discriminator="typename__")


class RequestSignInCodeRequestSignInCodeCodeSent(BaseModel):
    typename__: Literal["CodeSent"] = Field(alias="__typename")
    challenge_id: str = Field(alias="challengeId")
    expires_in_s: int = Field(alias="expiresInS")


class RequestSignInCodeRequestSignInCodeRateLimited(BaseModel):
    typename__: Literal["RateLimited"] = Field(alias="__typename")
    retry_after_s: int = Field(alias="retryAfterS")


class RequestSignInCodeRequestSignInCodeInvalid(BaseModel):
    typename__: Literal["Invalid"] = Field(alias="__typename")
    field: str
    reason: str


RequestSignInCode.model_rebuild()
