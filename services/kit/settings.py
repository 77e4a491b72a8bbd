"""Settings from the environment, one typed class a program; each extends `Settings`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, NonNegativeInt, PositiveInt, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Stage(StrEnum):
    """How far auth's data is taken out of the product's (docs/services/stages.md)."""

    ONE_LOGIN = "one-login"
    TWO_LOGINS = "two-logins"
    OWN_DATABASE = "own-database"


class DatabaseSettings(BaseSettings):
    """Where the database is, and as whom to log in.

    Without `database_password` the login is an IAM user's, whose password is an access token of the metadata server. A
    `database_host` that begins with `/` is the folder of a unix socket; to one on another machine the connection is
    encrypted. With `database_ca_certificates` (PEM) the server must have a certificate by one of them.
    """

    # hide_input_in_errors: or the error that a variable is missing would show all the others, secrets among them.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    database_host: str
    database_port: PositiveInt = 5432
    database_name: str
    database_user: str
    database_password: SecretStr | None = None
    database_ca_certificates: str = ""
    database_pool: Annotated[int, Field(ge=1, le=100)] = 10
    statement_timeout_ms: PositiveInt = 10_000
    stage: Stage = Stage.OWN_DATABASE

    @property
    def database_is_local(self) -> bool:
        return self.database_host.startswith("/") or self.database_host in {"127.0.0.1", "::1"}

    @model_validator(mode="after")
    def _a_token_is_shown_to_whom_it_is_for(self) -> Self:
        # As a password in plain, and good for more than the database.
        if self.database_password is None and not self.database_is_local and not self.database_ca_certificates:
            raise ValueError("database_ca_certificates are needed to log in by a token on another machine")
        return self


class Settings(DatabaseSettings):
    """What every program is given: the database, and what Cloud Run sets.

    K_SERVICE and K_REVISION: https://cloud.google.com/run/docs/container-contract#env-vars
    """

    port: NonNegativeInt = 8080
    drain_timeout_s: PositiveInt = 30
    k_service: str = "local"
    k_revision: str = "local"
