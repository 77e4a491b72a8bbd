"""The signed context that the Worker sends (docs/request-path.md): who asks, for which workspace.

    keys = KeySource(f"{auth_url}/.well-known/jwks.json", EDDSA, client)
    context = await ContextVerifier(keys, region).verify(token)

TokenRefused is 401, never a fallback. KeysUnavailable: the region authenticates the credential by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .tokens import EDDSA, KeySource, TokenRefused, check_times, verify

HEADER: Final = "X-Edge-Context"
CONTEXT_TYPE: Final = "context+jwt"
MOVED_TYPE: Final = "moved+jwt"
ISSUER: Final = "auth"


@dataclass(frozen=True, kw_only=True)
class Context:
    """`user` is None for a request that a key of the workspace routed: nobody's credential came with it."""

    user: str | None
    workspace: str | None
    version: int
    kind: str
    issued: float
    expires: float
    claims: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A workspace that is elsewhere by now. It does not expire: only a higher version counts."""

    workspace: str
    origin: str
    to: str
    version: int


class ContextVerifier:
    """For one region: a context of another audience is refused."""

    def __init__(self, keys: KeySource, region: str, clock: Callable[[], float] = time.time) -> None:
        self._keys, self._region, self._clock = keys, region, clock

    async def verify(self, token: str) -> Context:
        """Raises TokenRefused, KeysUnavailable."""
        claims = await verify(token, CONTEXT_TYPE, EDDSA, self._keys)
        if claims.get("iss") != ISSUER:
            raise TokenRefused("issuer")
        if claims.get("aud") != self._region:  # one name: a list is nothing that auth signs
            raise TokenRefused("audience")
        check_times(claims, self._clock())
        return _context(claims)

    async def verify_moved(self, statement: str) -> Moved:
        """A statement of auth that a workspace has moved (`X-Edge-Moved`). Raises TokenRefused, KeysUnavailable."""
        claims = await verify(statement, MOVED_TYPE, EDDSA, self._keys)
        if claims.get("iss") != ISSUER:
            raise TokenRefused("issuer")
        texts = [claims.get(name) for name in ("sub", "from", "to")]
        if not all(isinstance(text, str) for text in texts) or not _is_version(claims.get("version")):
            raise TokenRefused("claims")
        return Moved(workspace=str(texts[0]), origin=str(texts[1]), to=str(texts[2]), version=claims["version"])


def _context(claims: Mapping[str, Any]) -> Context:
    user, workspace, kind = claims.get("sub"), claims.get("workspace"), claims.get("kind")
    if not (user is None or isinstance(user, str)) or not (workspace is None or isinstance(workspace, str)):
        raise TokenRefused("claims")
    if not isinstance(kind, str) or not _is_version(claims.get("version")) or (user is None and workspace is None):
        raise TokenRefused("claims")
    return Context(
        user=user,
        workspace=workspace,
        version=claims["version"],
        kind=kind,
        issued=claims["iat"],
        expires=claims["exp"],
        claims=claims,
    )


def _is_version(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
