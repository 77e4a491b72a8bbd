from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import CredentialFields


class SignIn(BaseModel):
    sign_in: Union[
        "SignInSignInSignedIn",
        "SignInSignInCodeRefused",
        "SignInSignInRateLimited",
        "SignInSignInPlacedElsewhere",
        "SignInSignInNobodyNew",
    ] = Field(alias="signIn", discriminator="typename__")


class SignInSignInSignedIn(BaseModel):
    typename__: Literal["SignedIn"] = Field(alias="__typename")
    account: "SignInSignInSignedInAccount"
    credential: "SignInSignInSignedInCredential"
    token: str
    created: bool


class SignInSignInSignedInAccount(BaseModel):
    id: str
    email: str


SignInSignInSignedInCredential = CredentialFields


class SignInSignInCodeRefused(BaseModel):
    typename__: Literal["CodeRefused"] = Field(alias="__typename")
    attempts_left: int = Field(alias="attemptsLeft")


class SignInSignInRateLimited(BaseModel):
    typename__: Literal["RateLimited"] = Field(alias="__typename")
    retry_after_s: int = Field(alias="retryAfterS")


class SignInSignInPlacedElsewhere(BaseModel):
    typename__: Literal["PlacedElsewhere"] = Field(alias="__typename")
    region: str


class SignInSignInNobodyNew(BaseModel):
    typename__: Literal["NobodyNew"] = Field(alias="__typename")
    region: str


SignIn.model_rebuild()
SignInSignInSignedIn.model_rebuild()
