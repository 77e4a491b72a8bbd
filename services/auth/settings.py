"""What auth is told by its environment (stacks/auth.py)."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, HttpUrl, PositiveFloat, PositiveInt, SecretStr, model_validator

from kit.identity import CERTIFICATES
from kit.settings import Settings

_SEED_BYTES = 32  # RFC 8032, 5.1.5


def seed_of(text: str) -> bytes:
    """The seed of an Ed25519 key: 32 bytes in base64url without padding, as `regionctl` generates secrets."""
    try:
        seed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        seed = b""
    if len(seed) != _SEED_BYTES:
        raise ValueError("a signing key is the base64url of 32 bytes")
    return seed


def _is_seed(value: SecretStr) -> SecretStr:
    seed_of(value.get_secret_value())
    return value


Seed = Annotated[SecretStr, AfterValidator(_is_seed)]


class AuthSettings(Settings):
    """`callers`: the email of each service account that may ask -> the region that it speaks for, and no other."""

    events_topic: str
    signing_key: Literal["a", "b"]
    signing_key_a: Seed
    signing_key_b: Seed
    edge_token: Annotated[SecretStr, Field(min_length=32)]
    callers: dict[str, str]
    audience: HttpUrl
    certificates_url: str = CERTIFICATES  # of who signs the callers' tokens; another one on a loopback address alone
    route_timeout_s: PositiveFloat = 1.0  # the Worker waits for 0.3
    mail_host: str
    mail_port: PositiveInt = 587
    mail_sender: str
    mail_user: str = ""
    smtp_password: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _passwords_are_shown_with_a_user(self) -> AuthSettings:
        if bool(self.mail_user) != bool(self.smtp_password.get_secret_value()):
            raise ValueError("mail_user and smtp_password belong together")
        return self

    @property
    def origin(self) -> str:
        """The audience as callers write it: an origin without a final slash."""
        return str(self.audience).rstrip("/")

    @property
    def regions(self) -> frozenset[str]:
        return frozenset(self.callers.values())
