"""A record of auth, into this database: in any order, any number of times, the same in the end.

Nothing that is applied goes back to auth (`kit.origin`). A tombstone beats whatever comes late, a higher version a
lower one, and a revocation whatever a credential was before.
"""

from __future__ import annotations

from typing import TypeAlias

from kit.database import Connection
from product.auth_client import (
    CredentialFields,
    Entity,
    GoneFields,
    MembershipFields,
    MovedFields,
    WorkspaceFields,
    WorkspaceState,
)

ROLE = "product_background"
Record: TypeAlias = WorkspaceFields | MembershipFields | CredentialFields | MovedFields | GoneFields


async def apply(connection: Connection, record: Record) -> set[str]:
    """In a transaction of `ROLE`. Gives the accounts whose sessions have to be looked at again."""
    await _from_auth(connection, True)
    match record:
        case WorkspaceFields():
            await _workspace(connection, record)
        case MembershipFields():
            await _membership(connection, record)
        case CredentialFields():
            return await _credential(connection, record)
        case MovedFields():
            await _moved(connection, record)
        case GoneFields():
            return await _gone(connection, record)
    return set()


async def _from_auth(connection: Connection, on: bool) -> None:
    await connection.execute("SELECT set_config('kit.origin', $1, true)", "auth" if on else "")


async def _workspace(connection: Connection, record: WorkspaceFields) -> None:
    """The facts are this side's, once it has them; auth's count where its version is higher, or nothing is here."""
    if await connection.fetchval("SELECT product.is_buried('workspace', $1)", record.id):
        return
    await connection.execute(
        "DELETE FROM product.moved WHERE workspace_id = $1 AND version <= $2", record.id, record.place_version
    )
    state = "confirmed" if record.state is WorkspaceState.CONFIRMED else "pending"
    before = await connection.fetchrow(
        "SELECT place_version, version, state FROM product.workspace WHERE workspace_id = $1 FOR UPDATE", record.id
    )
    if before is None:
        await connection.execute(
            "INSERT INTO product.workspace (workspace_id, name, url_key, state, place_version, version) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            record.id,
            record.name,
            record.url_key,
            state,
            record.place_version,
            record.row_version,
        )
        return
    if state == "confirmed" and before["state"] == "pending":
        await connection.execute("UPDATE product.workspace SET state = 'confirmed' WHERE workspace_id = $1", record.id)
    if record.place_version > before["place_version"]:
        await _say_all_again(connection, record)
    elif record.place_version == before["place_version"] and record.row_version > before["version"]:
        await connection.execute(
            "UPDATE product.workspace SET name = $2, url_key = $3, version = $4 WHERE workspace_id = $1",
            record.id,
            record.name,
            record.url_key,
            record.row_version,
        )


async def _say_all_again(connection: Connection, record: WorkspaceFields) -> None:
    """The place's version rose: this database was restored, or the workspace came here. Its facts win, and are sent."""
    await connection.execute(
        "UPDATE product.workspace SET place_version = $2 WHERE workspace_id = $1", record.id, record.place_version
    )
    await connection.execute("SELECT product.send_again($1)", record.id)


async def _membership(connection: Connection, record: MembershipFields) -> None:
    """Raises a foreign key's violation where the workspace is not here: it comes again."""
    buried = "SELECT product.is_buried('member', $1) OR product.is_buried('workspace', $2)"
    if await connection.fetchval(buried, record.id, record.workspace_id):
        return
    await connection.execute(
        "INSERT INTO product.member AS m (workspace_id, id, account_id, name, email, role, version) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace_id, id) DO UPDATE SET "
        # The address is auth's alone; name and role are this side's too, and the higher version has them.
        "email = excluded.email, "
        "name = CASE WHEN excluded.version > m.version THEN excluded.name ELSE m.name END, "
        "role = CASE WHEN excluded.version > m.version THEN excluded.role ELSE m.role END, "
        "version = greatest(excluded.version, m.version) "
        "WHERE m.email <> excluded.email OR excluded.version > m.version",
        record.workspace_id,
        record.id,
        record.account_id,
        record.name,
        record.email,
        record.role.value.lower(),
        record.row_version,
    )


async def _credential(connection: Connection, record: CredentialFields) -> set[str]:
    was_revoked = await connection.fetchval(
        "SELECT revoked_at IS NOT NULL FROM product.credential_replica WHERE hash = $1", record.hash
    )
    await connection.execute(
        "INSERT INTO product.credential_replica AS c "
        "(hash, id, kind, account_id, workspace_id, scopes, expires_at, revoked_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hash) DO UPDATE SET "
        "scopes = excluded.scopes, expires_at = excluded.expires_at, heard_at = now(), "
        "revoked_at = coalesce(c.revoked_at, excluded.revoked_at)",
        record.hash,
        record.id,
        record.kind.value.lower().replace("_", "-"),
        record.account_id,
        record.bound_to,
        [scope.value for scope in record.scopes],
        record.expires_at,
        record.revoked_at,
    )
    return {record.account_id} if record.revoked_at is not None and not was_revoked else set()


async def _moved(connection: Connection, record: MovedFields) -> None:
    await connection.execute(
        "INSERT INTO product.moved AS m (workspace_id, url_key, version, statement) "
        "VALUES ($1, (SELECT url_key FROM product.workspace WHERE workspace_id = $1), $2, $3) "
        "ON CONFLICT (workspace_id) DO UPDATE SET version = excluded.version, statement = excluded.statement "
        "WHERE excluded.version >= m.version",
        record.workspace_id,
        record.place_version,
        record.statement,
    )


async def _gone(connection: Connection, record: GoneFields) -> set[str]:
    """Deleted, or not this side's any more: what has moved away is left to the move."""
    workspace = record.of_workspace or record.id
    has_moved = await connection.fetchval("SELECT true FROM product.moved WHERE workspace_id = $1", workspace)
    match record.entity:
        case Entity.WORKSPACE if not has_moved:
            await connection.execute("SELECT product.bury('workspace', $1, $1)", record.id)
        case Entity.MEMBERSHIP if not has_moved and record.of_workspace is not None:
            account = await connection.fetchval(
                "SELECT account_id FROM product.member WHERE workspace_id = $1 AND id = $2", workspace, record.id
            )
            await connection.execute("SELECT product.bury('member', $1, $2)", workspace, record.id)
            return {account} if account is not None else set()
        case Entity.CREDENTIAL:
            account = await connection.fetchval(
                "DELETE FROM product.credential_replica WHERE id = $1 RETURNING account_id", record.id
            )
            return {account} if account is not None else set()
        case _:
            pass
    return set()
