from .base_model import BaseModel
from .fragments import CredentialFields


class Credentials(BaseModel):
    credentials: list["CredentialsCredentials"]


CredentialsCredentials = CredentialFields
Credentials.model_rebuild()
