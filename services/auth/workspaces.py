"""Workspaces and their members: what begins in auth (creation, deletion, who belongs to it)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strawberry import ID

from auth.claims import URL_KEY, claim_url_key, confirm_url_key, is_url_key
from auth.graphql.types import (
    AddMemberResult,
    AlreadyMember,
    ClaimLost,
    ClaimUrlKeyResult,
    Confirmed,
    ConfirmWorkspaceResult,
    CreateWorkspaceResult,
    Deleted,
    DeleteResult,
    Entity,
    Invalid,
    MemberAdded,
    MembershipPlace,
    NotYours,
    OperationConflict,
    PlacedElsewhere,
    Role,
    UrlKeyClaimed,
    UrlKeyTaken,
    WorkspaceClaimed,
)
from auth.ids import new_id
from auth.limits import Limit, count_attempt
from auth.mail import Mail, Mailer, keep, mailbox_of, normal_address, send_kept
from auth.records import MEMBERSHIP_COLUMNS, WORKSPACE_COLUMNS, membership_of, workspace_of
from auth.store import Store
from kit import operations
from kit.database import Connection

MAX_NAME = 100
_INVITATION_S = _DAY_S = 24 * 3600
_WORKSPACE_PART = re.sub(r"w\.(\w+)", r"w.\1 AS w_\1", WORKSPACE_COLUMNS)


def name_mistake(name: str) -> Invalid | None:
    if not 1 <= len(name.strip()) <= MAX_NAME or not name.isprintable():
        return Invalid(field="name", reason=f"1 to {MAX_NAME} characters that can be printed")
    return None


def operation_mistake(operation_id: str) -> Invalid | None:
    if not 8 <= len(operation_id) <= 100 or not operation_id.isascii() or not operation_id.isprintable():
        return Invalid(field="operationId", reason="8 to 100 characters of ASCII, random ones")
    return None


@dataclass(frozen=True)
class NewMember:
    workspace_id: str
    email: str
    name: str
    role: Role


@dataclass(frozen=True)
class Workspaces:
    store: Store
    mailer: Mailer

    # ------------------------------------------------------------------------------------------------------ create

    async def create(
        self, region: str, operation_id: str, account_id: str, name: str, url_key: str
    ) -> CreateWorkspaceResult:
        """Claims the URL key and makes a pending workspace. `PlacedElsewhere` is not kept: elsewhere the id is new."""
        if (mistake := operation_mistake(operation_id) or name_mistake(name)) is not None:
            return mistake
        if not is_url_key(url_key):
            return Invalid(field="urlKey", reason="2 to 40 small letters, digits and single dashes")
        content = {"do": "create_workspace", "name": name, "url_key": url_key}
        async with self.store.writing() as connection:
            pinned = await connection.fetchrow("SELECT region, email FROM auth.account WHERE id = $1", account_id)
            if pinned is None or pinned["region"] is None:
                return Invalid(field="accountId", reason="no account that has signed in")
            if pinned["region"] != region:
                return PlacedElsewhere(region=pinned["region"])

            async def do() -> Answer:
                owner = _Owner(account_id, pinned["email"].split("@")[0], region)
                return await _create(connection, owner, name.strip(), url_key)

            try:
                answer = await once(connection, account_id, operation_id, content, do)
            except operations.OperationConflict:
                return OperationConflict(operation_id=ID(operation_id))
        if "taken" in answer:
            return UrlKeyTaken(url_key=answer["taken"])
        return WorkspaceClaimed(
            workspace=workspace_of(answer["workspace"]),
            owner=membership_of(answer["owner"]),
            expires_at=datetime.fromisoformat(answer["expires_at"]),
        )

    async def confirm(self, region: str, workspace_id: str) -> ConfirmWorkspaceResult:
        async with self.store.writing() as connection:
            url_key = await connection.fetchval(
                "SELECT url_key FROM auth.workspace WHERE id = $1 AND region = $2", workspace_id, region
            )
            if url_key is None:
                return NotYours(id=ID(workspace_id))
            # The claim's row first, as whoever takes it over does: so one of the two is first.
            if await confirm_url_key(connection, url_key, workspace_id):
                await connection.execute(
                    "UPDATE auth.workspace SET state = 'confirmed' WHERE id = $1 AND state = 'pending'", workspace_id
                )
            row = await connection.fetchrow(
                f"SELECT {WORKSPACE_COLUMNS} FROM auth.workspace AS w WHERE id = $1", workspace_id
            )
        if row["state"] == "confirmed":
            return Confirmed(workspace=workspace_of(row))
        return ClaimLost(workspace_id=ID(workspace_id))

    async def claim_url_key(
        self, region: str, operation_id: str, account_id: str, workspace_id: str, url_key: str
    ) -> ClaimUrlKeyResult:
        """For a workspace that is confirmed. What it claimed before and did not use is free."""
        if (mistake := operation_mistake(operation_id)) is not None:
            return mistake
        if not is_url_key(url_key):
            return Invalid(field="urlKey", reason="2 to 40 small letters, digits and single dashes")
        content = {"do": "claim_url_key", "workspace": workspace_id, "url_key": url_key}
        async with self.store.writing() as connection:
            if not await is_of(connection, region, workspace_id):
                return NotYours(id=ID(workspace_id))

            async def do() -> Answer:
                await connection.execute(
                    "DELETE FROM auth.claim WHERE kind = $1 AND workspace_id = $2 AND state = 'pending' AND key <> $3",
                    URL_KEY,
                    workspace_id,
                    url_key,
                )
                expires_at = await claim_url_key(connection, url_key, workspace_id)
                return {"taken": url_key} if expires_at is None else {"expires_at": expires_at.isoformat()}

            try:
                answer = await once(connection, account_id, operation_id, content, do)
            except operations.OperationConflict:
                return OperationConflict(operation_id=ID(operation_id))
        if "taken" in answer:
            return UrlKeyTaken(url_key=url_key)
        return UrlKeyClaimed(url_key=url_key, expires_at=datetime.fromisoformat(answer["expires_at"]))

    # ----------------------------------------------------------------------------------------------------- members

    async def add_member(self, region: str, operation_id: str, account_id: str, new: NewMember) -> AddMemberResult:
        """Whoever has the address is a member at once; who has no account gets one, and signs in when they want.

        The mail that says so is limited, and left out then: a stranger did not ask for it, and its text is the owner's.
        """
        email = normal_address(new.email)
        if (mistake := operation_mistake(operation_id) or name_mistake(new.name)) is not None:
            return mistake
        if email is None:
            return Invalid(field="email", reason="no email address")
        content = {
            "do": "add_member",
            "workspace": new.workspace_id,
            "email": email,
            "name": new.name,
            "role": new.role.value,
        }
        limits = [Limit("invitation to", mailbox_of(email), 5, _DAY_S), Limit("invitation by", account_id, 500, _DAY_S)]
        is_mailed = await count_attempt(self.store, limits) is None
        sent: list[tuple[str, Mail]] = []
        async with self.store.writing() as connection:
            workspace = await connection.fetchrow(
                "SELECT name, place_version FROM auth.workspace WHERE id = $1 AND region = $2 AND state = 'confirmed'",
                new.workspace_id,
                region,
            )
            if workspace is None:
                return NotYours(id=ID(new.workspace_id))

            async def do() -> Answer:
                added = await _add_member(connection, new, email, workspace["place_version"])
                if "added" in added and is_mailed:
                    mail = _invitation(email, workspace["name"])
                    sent.append((await keep(connection, mail, _INVITATION_S), mail))
                return added

            try:
                answer = await once(connection, account_id, operation_id, content, do)
            except operations.OperationConflict:
                return OperationConflict(operation_id=ID(operation_id))
        for mail_id, mail in sent:
            await send_kept(self.store, self.mailer, mail_id, mail)
        if "added" in answer:
            return MemberAdded(membership=membership_of(answer["added"]))
        return AlreadyMember(membership=membership_of(answer["had"]))

    async def remove_member(self, region: str, workspace_id: str, membership_id: str) -> DeleteResult:
        async with self.store.writing() as connection:
            if not await is_of(connection, region, workspace_id):
                return NotYours(id=ID(workspace_id))
            await connection.execute(
                "DELETE FROM auth.membership WHERE id = $1 AND workspace_id = $2", membership_id, workspace_id
            )
        return Deleted(id=ID(membership_id))

    async def delete(self, region: str, workspace_id: str) -> DeleteResult:
        """With its memberships, claims and API keys. Deleted again: the tombstone answers."""
        async with self.store.writing() as connection:
            deleted = await connection.fetchval(
                "DELETE FROM auth.workspace WHERE id = $1 AND region = $2 RETURNING true", workspace_id, region
            )
            if deleted or await is_buried(connection, Entity.WORKSPACE, workspace_id):
                return Deleted(id=ID(workspace_id))
        return NotYours(id=ID(workspace_id))

    async def memberships(self, region: str, account_id: str) -> list[MembershipPlace]:
        """In all regions, oldest first; the first is the account's home."""
        async with self.store.reading() as connection:
            rows = await connection.fetch(
                f"""
                SELECT {MEMBERSHIP_COLUMNS}, {_WORKSPACE_PART}
                FROM auth.membership AS m JOIN auth.account AS a ON a.id = m.account_id
                JOIN auth.workspace AS w ON w.id = m.workspace_id
                WHERE m.account_id = $1 AND w.state = 'confirmed' AND (a.region = $2 OR EXISTS (
                    SELECT FROM auth.membership AS here JOIN auth.workspace AS place ON place.id = here.workspace_id
                    WHERE here.account_id = $1 AND place.region = $2
                )) ORDER BY m.created_at, m.id LIMIT 1000
                """,
                account_id,
                region,
            )
        return [
            MembershipPlace(membership=membership_of(row), workspace=workspace_of(_part(row, "w_"))) for row in rows
        ]


Answer = dict[str, Any]


async def once(
    connection: Connection,
    scope: str,
    operation_id: str,
    content: Mapping[str, object],
    act: Callable[[], Awaitable[Answer]],
) -> Answer:
    """`scope`: whose ids these are, an account or a workspace. Raises kit.operations.OperationConflict."""
    key = {"account_id": scope, "id": operation_id}
    answer: Answer = await operations.once(connection, "auth", key, content, act)
    return answer


async def is_of(connection: Connection, region: str, workspace_id: str) -> bool:
    """Whether the workspace is confirmed, and placed in this region. It stays so to the end of the transaction."""
    return bool(
        await connection.fetchval(
            "SELECT true FROM auth.workspace WHERE id = $1 AND region = $2 AND state = 'confirmed' FOR KEY SHARE",
            workspace_id,
            region,
        )
    )


async def is_buried(connection: Connection, entity: Entity, record_id: str) -> bool:
    sql = "SELECT EXISTS (SELECT FROM auth.tombstone WHERE entity = $1 AND id = $2)"
    return bool(await connection.fetchval(sql, entity.value, record_id))


@dataclass(frozen=True)
class _Owner:
    account_id: str
    name: str
    region: str


async def _create(connection: Connection, who: _Owner, name: str, url_key: str) -> Answer:
    workspace_id = new_id("ws")
    expires_at = await claim_url_key(connection, url_key, workspace_id)
    if expires_at is None:
        return {"taken": url_key}
    workspace = await connection.fetchrow(
        f"""
        INSERT INTO auth.workspace AS w (id, name, url_key, region, created_by) VALUES ($1, $2, $3, $4, $5)
        RETURNING {WORKSPACE_COLUMNS}
        """,
        workspace_id,
        name,
        url_key,
        who.region,
        who.account_id,
    )
    owner = await connection.fetchrow(
        f"""
        WITH m AS (
            INSERT INTO auth.membership (id, workspace_id, account_id, role, name)
            VALUES ($1, $2, $3, 'owner', $4) RETURNING *
        ) SELECT {MEMBERSHIP_COLUMNS} FROM m JOIN auth.account AS a ON a.id = m.account_id
        """,
        new_id("mem"),
        workspace_id,
        who.account_id,
        who.name,
    )
    return {"workspace": dict(workspace), "owner": dict(owner), "expires_at": expires_at.isoformat()}


async def _add_member(connection: Connection, new: NewMember, email: str, place_version: int) -> Answer:
    await connection.execute(
        "INSERT INTO auth.account (id, email) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING", new_id("acc"), email
    )
    added = await connection.fetchval(
        """
        INSERT INTO auth.membership (id, workspace_id, account_id, role, name, facts_place)
        SELECT $1, $2, a.id, $4, $5, $6 FROM auth.account AS a WHERE a.email = $3
        ON CONFLICT (workspace_id, account_id) DO NOTHING RETURNING id
        """,
        new_id("mem"),
        new.workspace_id,
        email,
        new.role.value,
        new.name.strip(),
        place_version,
    )
    row = await connection.fetchrow(
        f"""
        SELECT {MEMBERSHIP_COLUMNS} FROM auth.membership AS m JOIN auth.account AS a ON a.id = m.account_id
        WHERE m.workspace_id = $1 AND a.email = $2
        """,
        new.workspace_id,
        email,
    )
    return {"had" if added is None else "added": dict(row)}


def _invitation(email: str, workspace: str) -> Mail:
    return Mail(
        recipient=email,
        subject=f"You were added to {workspace}",
        body=f"You are a member of {workspace} now. Sign in with this address to see it.\n",
    )


def _part(row: Any, prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in row.items() if key.startswith(prefix)}
