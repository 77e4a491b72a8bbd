"""Who calls auth: Google's identity tokens, which the metadata server signs for an account and an audience.

A region asks `MetadataServer.identity_token(audience)` (kit/metadata.py) and sends it as a bearer token; auth checks it
here by Google's certificates. https://cloud.google.com/docs/authentication/token-types#id (claims, certificates)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from .tokens import RSA, KeySource, TokenRefused, check_times, verify

CERTIFICATES: Final = "https://www.googleapis.com/oauth2/v3/certs"
_ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
_LOOPBACK = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True)
class Caller:
    """A service account, by its email."""

    email: str


class CallerVerifier:
    """Of tokens for one audience. `certificates_url` may be another than Google's with a loopback address alone (tests
    and a fleet on one machine); raises ValueError for any other."""

    def __init__(
        self,
        audience: str,
        client: httpx.AsyncClient,
        certificates_url: str = CERTIFICATES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if certificates_url != CERTIFICATES and urlsplit(certificates_url).hostname not in _LOOPBACK:
            raise ValueError("certificates come from Google, or from a loopback address")
        # Google rotates them about daily, each published before it signs; an hour is within their Cache-Control.
        self._keys = KeySource(certificates_url, RSA, client, fresh_s=3600.0)
        self._audience, self._clock = audience, clock

    async def verify(self, token: str) -> Caller:
        """Raises TokenRefused, KeysUnavailable."""
        claims = await verify(token, None, RSA, self._keys)
        if claims.get("iss") not in _ISSUERS:
            raise TokenRefused("issuer")
        if claims.get("aud") != self._audience:
            raise TokenRefused("audience")
        check_times(claims, self._clock())
        if claims.get("email_verified") is not True or not isinstance(claims.get("email"), str):
            raise TokenRefused("claims")
        return Caller(claims["email"])
