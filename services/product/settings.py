"""What the product's programs are told by their environment (stacks/workloads.py)."""

from __future__ import annotations

from pydantic import SecretStr
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


class ApiSettings(Settings, AuthSettings, CacheSettings):
    """`localities`: what users call each place that a new account may choose, by its name; `locality`: this one's."""

    bucket_uploads: str
    locality: str = ""
    localities: dict[str, str] = {}


class SyncSettings(Settings, AuthSettings, CacheSettings):
    """What the sync engine is told."""


class BackgroundSettings(Settings, AuthSettings, CacheSettings):
    bucket_uploads: str
    auth_events_subscription: str
