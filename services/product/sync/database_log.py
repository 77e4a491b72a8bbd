"""The log as PostgreSQL has it: `product.change`, numbered by triggers (product/migrations)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from kit.database import Connection, Database, Isolation
from product.sync.log import Change, Head, Snapshot, WorkspaceGone

ROLE = "product_api"
# What of a workspace its members see, in an order in which nothing comes before what it refers to.
ENTITIES = ("workspace", "member", "project", "issue", "comment", "attachment")

_HEAD = """
SELECT w.place_version, h.n FROM product.workspace w JOIN product.change_head h USING (workspace_id)
WHERE w.workspace_id = $1 AND w.state = 'confirmed'"""
_HEADS = "SELECT workspace_id, n FROM product.change_head WHERE workspace_id = ANY ($1)"
_AFTER = """
SELECT n, jsonb_build_object('n', n, 'entity', entity, 'id', entity_id, 'action', action, 'version', version,
    'body', body, 'account_id', account_id, 'operation_id', operation_id, 'at', at)::text AS text
FROM product.change WHERE workspace_id = $1 AND n > $2 ORDER BY n LIMIT $3"""
_RECORDS = " UNION ALL ".join(
    f"""SELECT jsonb_build_object('entity', '{entity}', 'id', {"workspace_id" if entity == "workspace" else "id::text"},
    'version', version, 'body', to_jsonb(t))::text AS text FROM product.{entity} t WHERE workspace_id = $1"""
    for entity in ENTITIES
)


class DatabaseLog:
    """Of which history a number is, the workspace's place version says: it rises when a region is restored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self, workspace: str) -> Head:
        async with self._reading(workspace) as connection:
            return await _head(connection, workspace)

    async def heads(self, workspaces: Sequence[str]) -> Mapping[str, int]:
        async with self._database.transaction(ROLE, read_only=True) as connection:
            return {row["workspace_id"]: row["n"] for row in await connection.fetch(_HEADS, list(workspaces))}

    async def after(self, workspace: str, n: int, limit: int) -> Sequence[Change]:
        async with self._reading(workspace) as connection:
            return [Change(row["n"], row["text"]) for row in await connection.fetch(_AFTER, workspace, n, limit)]

    async def snapshot(self, workspace: str) -> Snapshot:
        async with self._reading(workspace, isolation="REPEATABLE READ") as connection:
            head = await _head(connection, workspace)
            rows = await connection.fetch(_RECORDS, workspace)
        return Snapshot(head.epoch, head.n, [row["text"] for row in rows])

    @asynccontextmanager
    async def _reading(self, workspace: str, isolation: Isolation = "READ COMMITTED") -> AsyncIterator[Connection]:
        """Row security shows nothing but this workspace."""
        local = {"product.workspace_id": workspace}
        async with self._database.transaction(ROLE, read_only=True, isolation=isolation, local=local) as connection:
            yield connection


async def _head(connection: Connection, workspace: str) -> Head:
    row = await connection.fetchrow(_HEAD, workspace)
    if row is None:
        raise WorkspaceGone(workspace)
    return Head(str(row["place_version"]), row["n"])
