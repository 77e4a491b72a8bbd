"""Signed tokens (JWT): the auth service's own, and public keys that are fetched and kept.

TokenError
  TokenRefused      it is not what it must be: final
  KeysUnavailable   nobody can say, since the keys are out of reach
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwa import EdDSAAlgorithm
from joserfc.jwk import OKPKey, RSAKey
from joserfc.jws import JWSRegistry

LEEWAY_S: Final = 30
MAX_BYTES: Final = 8 * 1024  # docs/request-path.md: a context is at most 8 KiB
_MAX_ANSWER_BYTES = 64 * 1024
_FETCH_S = 2.0
Key = OKPKey | RSAKey


class TokenError(Exception):
    """The tree is drawn in the module's docstring."""


class TokenRefused(TokenError):
    """`reason` is a word for logs and tests: malformed, algorithm, type, unknown_key, signature, issuer, audience,
    expired, not_yet, claims."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the token is refused: {reason}")


class KeysUnavailable(TokenError):
    """The keys could not be fetched."""


class _EdDSA(EdDSAAlgorithm):
    """RFC 9864 renames it `Ed25519`; WebCrypto, and so the Worker, says `EdDSA`, and joserfc warns of it."""

    security_warning = ""


class _Registry(JWSRegistry):
    algorithms = {"EdDSA": _EdDSA(), "RS256": JWSRegistry.algorithms["RS256"]}  # noqa: RUF012 as joserfc declares it


EDDSA: Final = "EdDSA"
RSA: Final = "RS256"
_REGISTRIES = {name: _Registry(algorithms=[name]) for name in (EDDSA, RSA)}


@dataclass(frozen=True)
class Signer:
    """Signs with Ed25519. `kid` is published with the public key."""

    kid: str
    key: OKPKey

    @classmethod
    def from_seed(cls, kid: str, seed: bytes) -> Signer:
        """Of 32 bytes. Raises ValueError."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        return cls(kid, OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _b64(public), "d": _b64(seed)}))

    def sign(self, typ: str, claims: Mapping[str, Any]) -> str:
        header = {"alg": EDDSA, "typ": typ, "kid": self.kid}
        return jwt.encode(header, dict(claims), self.key, registry=_REGISTRIES[EDDSA])

    def public_jwk(self) -> dict[str, Any]:
        """An entry of /.well-known/jwks.json."""
        shown = self.key.as_dict(private=False)
        return {"kty": shown["kty"], "crv": shown["crv"], "x": shown["x"], "kid": self.kid, "use": "sig", "alg": EDDSA}


class KeySource:
    """A set of public keys (RFC 7517) at an address, kept in memory.

    A `kid` that is not known is looked for once: whoever comes meanwhile waits for the same fetch. After one that
    succeeded there is none for `pause_s`, after one that failed for a second. Keys that are older than `fresh_s` are
    renewed in the background; while that fails the last good ones go on.
    """

    def __init__(
        self,
        url: str,
        algorithm: str,
        client: httpx.AsyncClient,
        *,
        fresh_s: float = 300.0,
        pause_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._algorithm, self._client, self._clock = url, algorithm, client, clock
        self._fresh_s, self._pause_s = fresh_s, pause_s
        self._keys: Mapping[str, Key] = {}
        self._fetched_at = self._next_at = float("-inf")
        self._failed = False
        self._flight: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> Key:
        """Raises TokenRefused where the set has no such key, KeysUnavailable where it cannot be had."""
        now = self._clock()
        if kid in self._keys:
            if now >= self._fetched_at + self._fresh_s:
                self._start()
            return self._keys[kid]
        if (flight := self._start()) is not None:
            await asyncio.shield(flight)
        if kid in self._keys:
            return self._keys[kid]
        if self._failed:
            raise KeysUnavailable(self._url)
        raise TokenRefused("unknown_key")

    async def warm(self) -> None:
        """Fetches where there is nothing yet; a failure is no error here."""
        if not self._keys and (flight := self._start()) is not None:
            await asyncio.shield(flight)

    def _start(self) -> asyncio.Task[None] | None:
        """The fetch that runs, or a new one where one is allowed by now."""
        if self._flight is None or self._flight.done():
            now = self._clock()
            if now < self._next_at:
                return None
            self._next_at = now + 1.0
            self._flight = asyncio.create_task(self._fetch())
        return self._flight

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(_FETCH_S):
                answer = await self._client.get(self._url, headers={"Accept": "application/json"})
            answer.raise_for_status()
            if len(answer.content) > _MAX_ANSWER_BYTES:
                raise ValueError("too long")
            self._keys = _read_keys(answer.json(), self._algorithm)
        except (httpx.HTTPError, TimeoutError, ValueError, RuntimeError):  # the last: a client that was closed
            self._failed = True
            self._next_at = self._clock() + 1.0
        else:
            self._failed = False
            self._fetched_at = self._clock()
            self._next_at = self._fetched_at + self._pause_s


def _read_keys(document: Any, algorithm: str) -> dict[str, Key]:
    """Those of the algorithm's type alone: an RSA key never verifies EdDSA. Raises ValueError."""
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("not a set of keys")
    found: dict[str, Key] = {}
    for entry in document["keys"]:
        if not isinstance(entry, dict) or not isinstance(kid := entry.get("kid"), str):
            continue
        try:
            if algorithm == EDDSA and entry.get("kty") == "OKP" and entry.get("crv") == "Ed25519":
                found[kid] = OKPKey.import_key({name: entry[name] for name in ("kty", "crv", "x")})
            elif algorithm == RSA and entry.get("kty") == "RSA":
                found[kid] = RSAKey.import_key({name: entry[name] for name in ("kty", "n", "e")})
        except (KeyError, JoseError, ValueError, TypeError):
            continue
    if not found:
        raise ValueError("no key of this type")
    return found


async def verify(token: str, typ: str | None, algorithm: str, keys: KeySource) -> dict[str, Any]:
    """The claims of a token of exactly this algorithm and type, with a good signature; nothing of them is checked yet.

    Raises TokenRefused, KeysUnavailable.
    """
    header = _header(token)
    if header.get("alg") != algorithm:
        raise TokenRefused("algorithm")
    if typ is not None and header.get("typ") != typ:
        raise TokenRefused("type")
    kid = header.get("kid")
    if not isinstance(kid, str) or "crit" in header:
        raise TokenRefused("malformed")
    key = await keys.find(kid)
    try:
        return dict(jwt.decode(token, key, registry=_REGISTRIES[algorithm]).claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TokenRefused("signature") from error


def check_times(claims: Mapping[str, Any], now: float) -> None:
    """`exp` and `iat` must be there, `nbf` may; 30 s of leeway. Raises TokenRefused."""
    exp, iat, nbf = claims.get("exp"), claims.get("iat"), claims.get("nbf", claims.get("iat"))
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in (exp, iat, nbf)):
        raise TokenRefused("claims")
    assert isinstance(exp, int | float) and isinstance(iat, int | float) and isinstance(nbf, int | float)  # noqa: PT018
    if now >= exp + LEEWAY_S:
        raise TokenRefused("expired")
    if max(iat, nbf) > now + LEEWAY_S:
        raise TokenRefused("not_yet")


def _header(token: str) -> dict[str, Any]:
    if len(token) > MAX_BYTES or token.count(".") != 2 or not token.isascii():
        raise TokenRefused("malformed")
    part = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise TokenRefused("malformed") from error
    if not isinstance(header, dict):
        raise TokenRefused("malformed")
    return header


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
