"""Who a request is from: by the context that auth has signed, or, where none came, by this database's own replica.

Only the signed context is trusted. One that fails is 401 and never falls back; without one the credential's hash is
looked up here. The replica knows members alone, and only as of its last word from auth: what it lacks is 503, never
401, and beyond `FEED_MAX_AGE` it speaks for nobody. That is how long a revocation may take while auth is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from starlette.requests import HTTPConnection

from kit.context import HEADER, Context, ContextVerifier
from kit.database import Connection, Database
from kit.tokens import KeysUnavailable, TokenRefused
from product.access import Scope
from product.credentials import Credential, read_credential, read_workspace
from product.errors import Problem
from product.tenant import API, Caller

FEED_MAX_AGE = timedelta(hours=24)
RETRY_AFTER_S = 2
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class _Identity:
    """Who, before it is known whether the workspace is here."""

    account_id: str | None
    kind: str
    workspace_id: str | None
    scopes: frozenset[Scope]
    place_version: int | None  # of the context; None: no context


class Authenticator:
    def __init__(self, verifier: ContextVerifier, database: Database, clock: Clock = utc_now) -> None:
        self._verifier = verifier
        self._database = database
        self._clock = clock

    async def session(self, request: HTTPConnection, *, needs_workspace: bool = True) -> Caller:
        """Somebody with a credential. Raises Problem: 401, 403, 404, 421, 503."""
        credential = read_credential(request.headers)
        context = await self._context(request)
        async with self._database.transaction(API, read_only=True) as connection:
            if context is not None:
                identity = _by_context(context)
            elif credential is not None:
                named = read_workspace(request.headers, request.url.query)
                identity = await self._by_replica(connection, credential, named)
            else:
                raise _unauthenticated()
            if identity.workspace_id is None:
                if needs_workspace:
                    raise Problem(404, "unknown_workspace", "Name a workspace in X-Workspace.")
                return Caller(account_id=identity.account_id, kind=identity.kind, scopes=identity.scopes)
            return await self._admit(connection, identity, credential)

    async def key(self, request: HTTPConnection, kind: str) -> Caller:
        """Somebody with a key that this product minted: `<workspace id>.<random>`. Raises Problem: 404, 421, 503.

        The whole key is compared here; the context says no more than where its workspace is.
        """
        workspace_id, dot, _ = (whole := request.path_params["key"]).partition(".")
        context = await self._context(request)
        if (
            not dot
            or not whole.isprintable()
            or (context is not None and (context.kind != f"key:{kind}" or context.workspace != workspace_id))
        ):
            raise _unknown_key()
        async with self._database.transaction(API, read_only=True) as connection:
            version = context.version if context is not None else None
            found = await connection.fetchrow("SELECT * FROM product.admit($1, $2, $3)", workspace_id, None, "")
            _refuse_where_it_is_not(found, version)
            await connection.execute("SELECT set_config('product.workspace_id', $1, true)", workspace_id)
            known = await connection.fetchval(
                "SELECT true FROM product.route_key WHERE workspace_id = $1 AND hash = $2 AND kind = $3",
                workspace_id,
                sha256(whole.encode()).hexdigest(),
                kind,
            )
        if not known:
            raise _unknown_key()
        return Caller(account_id=None, kind=f"key:{kind}", workspace_id=workspace_id)

    async def _context(self, request: HTTPConnection) -> Context | None:
        """None: there is none, or the keys that would verify it are out of reach."""
        sent = request.headers.getlist(HEADER)
        if not sent:
            return None
        try:
            if len(sent) > 1:
                raise TokenRefused("malformed")
            return await self._verifier.verify(sent[0])
        except TokenRefused as refused:
            raise Problem(401, "invalid_context", "The request's context is refused.", reason=refused.reason) from None
        except KeysUnavailable:
            return None

    async def _by_replica(self, connection: Connection, credential: Credential, named: str) -> _Identity:
        heard_at = await connection.fetchval("SELECT read_at FROM product.feed_state")
        if heard_at is None or self._clock() - heard_at > FEED_MAX_AGE:
            raise _cannot_say()
        found = await connection.fetchrow(
            "SELECT * FROM product.authenticate($1, $2, $3)", credential.hash, credential.kind, named
        )
        if found is None:
            raise _cannot_say()
        if found["revoked_at"] is not None or (
            found["expires_at"] is not None and found["expires_at"] <= self._clock()
        ):
            raise Problem(401, "invalid_credential", "The credential is not valid any more.")
        if named and found["workspace_id"] is None:
            raise _cannot_say()  # it may be elsewhere, or be newer than what was last heard
        if found["workspace_id"] and found["bound_to"] not in {None, found["workspace_id"]}:
            raise Problem(403, "not_a_member", "The credential is not good for this workspace.")
        scopes = Scope if credential.kind == "cookie" else map(Scope, found["scopes"])
        return _Identity(
            account_id=found["account_id"],
            kind=credential.kind,
            workspace_id=found["workspace_id"],
            scopes=frozenset(scopes),
            place_version=None,
        )

    async def _admit(self, connection: Connection, identity: _Identity, credential: Credential | None) -> Caller:
        shown = credential.hash if credential is not None else ""
        found = await connection.fetchrow(
            "SELECT * FROM product.admit($1, $2, $3)", identity.workspace_id, identity.account_id, shown
        )
        _refuse_where_it_is_not(found, identity.place_version)
        if found["is_revoked"]:  # sooner than the edge forgets it
            raise Problem(401, "invalid_credential", "The credential is not valid any more.")
        if found["member_id"] is None:
            if found["was_member"]:
                raise Problem(403, "not_a_member", "This account is not a member of the workspace.")
            if identity.place_version is None:
                raise _cannot_say()
            raise _behind()  # auth knows a member of whom nothing was heard here yet
        return Caller(
            account_id=identity.account_id,
            kind=identity.kind,
            workspace_id=identity.workspace_id,
            role=found["role"],
            scopes=identity.scopes,
        )


def _by_context(context: Context) -> _Identity:
    if context.user is None:
        raise _unauthenticated()  # of a key: nobody but on that key's own paths
    said = [str(one).upper() for one in context.claims.get("scopes") or ()]
    scopes = Scope if context.kind == "cookie" else (Scope(one) for one in said if one in set(Scope))
    return _Identity(
        account_id=context.user,
        kind=context.kind,
        workspace_id=context.workspace,
        scopes=frozenset(scopes),
        place_version=context.version,
    )


def _refuse_where_it_is_not(found: Any, place_version: int | None) -> None:
    moved = found["moved_version"]
    if moved is not None and (place_version is None or place_version < moved):
        headers = {"X-Edge-Moved": found["moved_statement"]}
        raise Problem(421, "workspace_moved", "The workspace is elsewhere now.", headers=headers)
    if found["is_deleted"]:
        raise Problem(404, "unknown_workspace", "There is no such workspace.")
    if found["state"] != "confirmed":
        raise _behind()


def _unauthenticated() -> Problem:
    return Problem(401, "unauthenticated", "Sign in.")


def _unknown_key() -> Problem:
    return Problem(404, "unknown_key", "There is no such key.")


def _cannot_say() -> Problem:
    message = "Nobody here can say whether this credential is good. Try again."
    return Problem(503, "auth_unavailable", message, retry_after_s=RETRY_AFTER_S)


def _behind() -> Problem:
    return Problem(503, "unavailable", "The workspace is about to be here. Try again.", retry_after_s=1)
