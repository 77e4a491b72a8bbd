from pydantic import Field

from .base_model import BaseModel


class RevokeCredential(BaseModel):
    revoke_credential: "RevokeCredentialRevokeCredential" = Field(
        alias="revokeCredential"
    )


class RevokeCredentialRevokeCredential(BaseModel):
    done: bool


RevokeCredential.model_rebuild()
