"""Google's metadata server: access tokens, and identity tokens for an audience, of the account that this runs as.

https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys (instance/service-accounts/default)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import httpx

_ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default"
# The server itself gives a new access token once the old one has less than four minutes left:
# https://cloud.google.com/compute/docs/access/authenticate-workloads#applications
_RENEW_S = 180.0
# Of identity tokens, which live an hour.
_IDENTITY_S = 50 * 60.0


class MetadataServer:
    """Keeps each token until it is about to expire. Raises httpx.HTTPError where the server does not answer."""

    def __init__(self, client: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic) -> None:
        # As google-auth reads it: google/auth/environment_vars.py, GCE_METADATA_HOST.
        self._origin = f"http://{os.environ.get('GCE_METADATA_HOST', 'metadata.google.internal')}"
        self._client = client
        self._clock = clock
        self._access: tuple[str, float] | None = None
        self._identity: dict[str, tuple[str, float]] = {}

    async def access_token(self) -> str:
        if self._access is None or self._access[1] <= self._clock():
            answer = (await self._get("/token")).json()
            self._access = (answer["access_token"], self._clock() + float(answer["expires_in"]) - _RENEW_S)
        return self._access[0]

    async def identity_token(self, audience: str) -> str:
        known = self._identity.get(audience)
        if known is None or known[1] <= self._clock():
            # format=full: the token then says the account's email (services.md: `email_verified` is checked).
            answer = await self._get("/identity", {"audience": audience, "format": "full"})
            known = self._identity[audience] = (answer.text.strip(), self._clock() + _IDENTITY_S)
        return known[0]

    async def _get(self, path: str, params: dict[str, str] | None = None) -> httpx.Response:
        answer = await self._client.get(
            f"{self._origin}{_ACCOUNT}{path}", params=params, headers={"Metadata-Flavor": "Google"}
        )
        return answer.raise_for_status()
