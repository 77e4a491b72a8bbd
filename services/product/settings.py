"""What the product's programs are told by their environment (stacks/workloads.py)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, NonNegativeInt, SecretStr
from pydantic_settings import BaseSettings

from kit.settings import Settings


class AuthSettings(BaseSettings):
    """Where auth is, and as what this deployment is known to it."""

    region: str
    auth_url: str


class CacheSettings(BaseSettings):
    """Redis. Without `cache_ca_certificates` (tests, a fleet on one machine) the connection is not encrypted."""

    cache_host: str
    cache_port: int
    cache_auth: SecretStr | None = None
    cache_ca_certificates: str = ""


class Locality(BaseModel):
    """What people call it, and the time zones whose sign-ups go there (docs/request-path.md)."""

    model_config = ConfigDict(frozen=True)

    name: str
    time_zones: tuple[str, ...] = ()


class ApiSettings(Settings, AuthSettings, CacheSettings):
    """`localities`: the places that a new account may choose, by their names."""

    bucket_uploads: str
    localities: dict[str, Locality] = {}


class SyncSettings(Settings, AuthSettings, CacheSettings):
    """What the sync engine is told."""


class BackgroundSettings(Settings, AuthSettings, CacheSettings):
    """`deletion_grace_s`: from a workspace's deletion, when nobody sees it any more, to that of its rows.
    `billing_webhook_secret`: what the sender of `deliver: all` requests of kind `billing` signs with."""

    bucket_uploads: str
    auth_events_subscription: str
    deletion_grace_s: NonNegativeInt = 24 * 60 * 60
    billing_webhook_secret: SecretStr | None = None
