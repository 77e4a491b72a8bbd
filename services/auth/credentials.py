"""Sessions, personal tokens and API keys: random tokens of which auth keeps the SHA-256 alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from strawberry import ID

from auth.graphql.types import (
    CreateTokenResult,
    Credential,
    CredentialKind,
    Invalid,
    NotYours,
    Revoked,
    Scope,
    TokenCreated,
)
from auth.ids import hash_of, new_id, new_token
from auth.records import CREDENTIAL_COLUMNS, credential_of
from auth.store import Store
from kit.database import Connection

SESSION_DAYS = 30
MAX_SESSIONS = 50  # of an account: the oldest ends
MAX_TOKENS = 100  # of an account
MAX_DAYS = 3650
_PREFIXES = {CredentialKind.BEARER: "pat_", CredentialKind.API_KEY: "key_"}
_HASH = re.compile(r"[0-9a-f]{64}")
_GOOD = "c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now())"


async def add_session(connection: Connection, account_id: str) -> tuple[Credential, str]:
    """A session and its token. Takes the chance to remove sessions that ended, and ends those beyond the limit."""
    await connection.execute(
        """
        DELETE FROM auth.credential WHERE id IN (
            SELECT id FROM auth.credential WHERE account_id = $1
            AND least(revoked_at, expires_at) < now() - interval '1 day' LIMIT 20
        )
        """,
        account_id,
    )
    await connection.execute(
        """
        UPDATE auth.credential SET revoked_at = now() WHERE id IN (
            SELECT id FROM auth.credential WHERE account_id = $1 AND kind = 'cookie' AND revoked_at IS NULL
            ORDER BY created_at DESC, id DESC OFFSET $2
        )
        """,
        account_id,
        MAX_SESSIONS - 1,
    )
    token = new_token()
    row = await connection.fetchrow(
        f"""
        INSERT INTO auth.credential AS c (id, kind, hash, account_id, expires_at)
        VALUES ($1, 'cookie', $2, $3, now() + make_interval(days => $4)) RETURNING {CREDENTIAL_COLUMNS}
        """,
        new_id("cred"),
        hash_of(token),
        account_id,
        SESSION_DAYS,
    )
    return credential_of(row), token


@dataclass(frozen=True, kw_only=True)
class NewToken:
    account_id: str
    kind: CredentialKind
    name: str
    scopes: Sequence[Scope]
    workspace_id: str | None
    expires_in_days: int | None

    def mistake(self) -> Invalid | None:
        if self.kind is CredentialKind.COOKIE:
            return Invalid(field="kind", reason="a session begins with a sign-in")
        if self.kind is CredentialKind.API_KEY and self.workspace_id is None:
            return Invalid(field="workspaceId", reason="an API key belongs to one workspace")
        if not self.scopes:
            return Invalid(field="scopes", reason="a token says what it may do")
        if not 1 <= len(self.name.strip()) <= 100 or not self.name.isprintable():
            return Invalid(field="name", reason="1 to 100 characters that can be printed")
        if self.expires_in_days is not None and not 1 <= self.expires_in_days <= MAX_DAYS:
            return Invalid(field="expiresInDays", reason=f"1 to {MAX_DAYS} days")
        return None


@dataclass(frozen=True)
class Credentials:
    """What a region does with the credentials of its members."""

    store: Store

    async def create_token(self, region: str, new: NewToken) -> CreateTokenResult:
        """The account is a member of `workspace_id`, where one is given, and that one is the region's."""
        if (mistake := new.mistake()) is not None:
            return mistake
        token = new_token(_PREFIXES[new.kind])
        async with self.store.writing() as connection:
            if not await _may_have(connection, region, new):
                return NotYours(id=ID(new.workspace_id or new.account_id))
            # The account's row is locked, so that the limit holds for requests at the same moment.
            await connection.execute("SELECT FROM auth.account WHERE id = $1 FOR NO KEY UPDATE", new.account_id)
            had = await connection.fetchval(
                f"SELECT count(*) FROM auth.credential AS c WHERE account_id = $1 AND kind <> 'cookie' AND {_GOOD}",
                new.account_id,
            )
            if had >= MAX_TOKENS:
                return Invalid(field="accountId", reason=f"has {MAX_TOKENS} tokens: revoke one")
            row = await connection.fetchrow(
                f"""
                INSERT INTO auth.credential AS c (id, kind, hash, account_id, workspace_id, scopes, name, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8::int))
                RETURNING {CREDENTIAL_COLUMNS}
                """,
                new_id("cred"),
                new.kind.value,
                hash_of(token),
                new.account_id,
                new.workspace_id,
                sorted({scope.value for scope in new.scopes}),
                new.name.strip(),
                new.expires_in_days,
            )
        return TokenCreated(credential=credential_of(row), token=token)

    async def revoke(self, region: str, account_id: str, credential_id: str) -> Revoked:
        """One of the account's, or an API key of a workspace of which the account is a member."""
        async with self.store.writing() as connection:
            return await _revoke(
                connection,
                """
                c.id = $2 AND (c.account_id = $3 OR c.kind = 'api-key' AND EXISTS (
                    SELECT FROM auth.membership AS m WHERE m.account_id = $3 AND m.workspace_id = c.workspace_id
                ))
                """,
                region,
                credential_id,
                account_id,
            )

    async def sign_out(self, region: str, credential_hash: str) -> Revoked:
        if _HASH.fullmatch(credential_hash) is None:
            return Revoked(done=False)
        async with self.store.writing() as connection:
            return await _revoke(connection, "c.hash = $2", region, bytes.fromhex(credential_hash))

    async def good_ones(self, region: str, account_id: str | None, workspace_id: str | None) -> list[Credential]:
        """Of an account, or of a workspace; both: of the account in the workspace. Neither: none."""
        if account_id is None and workspace_id is None:
            return []
        async with self.store.reading() as connection:
            rows = await connection.fetch(
                f"""
                SELECT {CREDENTIAL_COLUMNS} FROM auth.credential AS c
                WHERE ($2::text IS NULL OR c.account_id = $2) AND ($3::text IS NULL OR c.workspace_id = $3)
                AND {_GOOD} AND {VISIBLE} ORDER BY c.created_at, c.id LIMIT 1000
                """,
                region,
                account_id,
                workspace_id,
            )
        return [credential_of(row) for row in rows]


# Whether credential `c` is a matter of the region $1: it opens one of its workspaces, or its account is pinned there.
VISIBLE = """(
    c.workspace_id IS NULL AND EXISTS (SELECT FROM auth.account AS a WHERE a.id = c.account_id AND a.region = $1)
    OR EXISTS (
        SELECT FROM auth.membership AS m JOIN auth.workspace AS w ON w.id = m.workspace_id
        WHERE m.account_id = c.account_id AND m.workspace_id = coalesce(c.workspace_id, m.workspace_id)
        AND w.region = $1 AND w.state <> 'lost'
    )
)"""


async def _may_have(connection: Connection, region: str, new: NewToken) -> bool:
    if new.workspace_id is None:
        sql, of = "SELECT EXISTS (SELECT FROM auth.account WHERE id = $1 AND region = $2)", (new.account_id, region)
        return bool(await connection.fetchval(sql, *of))
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM auth.membership AS m JOIN auth.workspace AS w ON w.id = m.workspace_id
                WHERE m.account_id = $1 AND w.region = $2 AND w.id = $3 AND w.state = 'confirmed'
            )
            """,
            new.account_id,
            region,
            new.workspace_id,
        )
    )


async def _revoke(connection: Connection, which: str, region: str, *args: object) -> Revoked:
    revoked = await connection.fetchval(
        f"""
        UPDATE auth.credential AS c SET revoked_at = coalesce(c.revoked_at, now())
        WHERE {which} AND {VISIBLE} RETURNING c.id
        """,
        region,
        *args,
    )
    return Revoked(done=revoked is not None)
