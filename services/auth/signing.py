"""What auth signs: contexts, and statements that a workspace moved (docs/request-path.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc.jwk import OKPKey

from kit import tokens

CONTEXT_LIFETIME_S = 90
NOT_BEFORE_S = 5


class Signer:
    """Signs with one key and publishes all, so that each is known before it signs and after it stopped.

    A key's id is its thumbprint (RFC 7638): a seed that is replaced brings a new id by itself.
    """

    def __init__(self, seeds: Mapping[str, bytes], current: str) -> None:
        keys = {name: _key(seed) for name, seed in seeds.items()}
        self._current = keys[current]
        others = [key for name, key in keys.items() if name != current]
        self.jwks = {"keys": [key.public_jwk() for key in (self._current, *others)]}

    def context(self, claims: Mapping[str, Any], *, now_s: float) -> str:
        """`claims`: aud (the region), sub, workspace, version, kind, and what is said of the credential besides."""
        issued = int(now_s)
        times = {"iat": issued, "nbf": issued - NOT_BEFORE_S, "exp": issued + CONTEXT_LIFETIME_S}
        return self._current.sign("context+jwt", {"iss": "auth", **claims, **times})

    def moved(self, *, workspace: str, places: tuple[str, str], version: int, now_s: float) -> str:
        """`places`: from and to."""
        claims = {"sub": workspace, "from": places[0], "to": places[1], "version": version}
        return self._current.sign("moved+jwt", {"iss": "auth", "iat": int(now_s), **claims})


def _key(seed: bytes) -> tokens.Signer:
    unnamed = tokens.Signer.from_seed("", seed)
    public: OKPKey = OKPKey.import_key({name: unnamed.public_jwk()[name] for name in ("kty", "crv", "x")})
    return tokens.Signer(public.thumbprint(), unnamed.key)
