"""Rows and files of what is gone, in bounded steps, and what is kept for a while only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from kit.database import Connection, Database
from kit.logs import fields, get_logger
from product.background.applying import ROLE
from product.bucket import Bucket, object_name
from product.errors import Problem

ROWS_AT_ONCE = 2000
FILES_AT_ONCE = 100
# From the leaves to the root, so that no cascade is larger than a step.
TABLES: Final[Sequence[str]] = ("comment", "attachment", "route_key", "issue", "project", "change", "operation")
KEPT: Final[Sequence[tuple[str, str, timedelta]]] = (
    ("operation", "at", timedelta(days=30)),
    ("delivery", "handled_at", timedelta(days=30)),
    ("inbox", "at", timedelta(days=30)),  # parked ones too: an alert was on each
    ("change", "at", timedelta(days=90)),  # a client that was away for longer loads a snapshot
)
PENDING_KEPT = timedelta(days=1)
_log = get_logger("product.sweeping")


@dataclass(frozen=True, kw_only=True)
class Sweeper:
    """`grace`: between the deletion of a workspace and that of its rows. Nobody sees it meanwhile."""

    database: Database
    bucket: Bucket
    grace: timedelta

    async def sweep(self) -> None:
        """All of it. Raises what the database raises; each step is a transaction, and the next time goes on."""
        await self.delete_workspaces()
        await self.delete_files()
        await self.drop_pending()

    async def purge(self) -> None:
        for table, column, age in KEPT:
            await self._purge(table, column, age)

    async def delete_workspaces(self) -> int:
        async with self.database.transaction(ROLE, read_only=True) as connection:
            rows = await connection.fetch(
                "SELECT w.workspace_id FROM product.workspace w JOIN product.tombstone t "
                "ON t.entity = 'workspace' AND t.id = w.workspace_id WHERE t.at <= now() - $1::interval LIMIT 100",
                self.grace,
            )
        for row in rows:
            await self._delete_workspace(row["workspace_id"])
        return len(rows)

    async def _delete_workspace(self, workspace_id: str) -> None:
        async with self._applying() as connection:
            # Without a head nothing is numbered any more: nobody follows this log.
            await connection.execute("DELETE FROM product.change_head WHERE workspace_id = $1", workspace_id)
        for table in TABLES:
            while await self._step(table, workspace_id) == ROWS_AT_ONCE:
                pass
        async with self._applying() as connection:
            await connection.execute("DELETE FROM product.workspace WHERE workspace_id = $1", workspace_id)
        _log.info("a deleted workspace is gone", extra=fields(workspace=workspace_id))

    async def _step(self, table: str, workspace_id: str) -> int:
        async with self._applying() as connection:
            done = await connection.execute(
                f"DELETE FROM product.{table} WHERE ctid = ANY (ARRAY("
                f"SELECT ctid FROM product.{table} WHERE workspace_id = $1 LIMIT {ROWS_AT_ONCE}))",
                workspace_id,
            )
        return _count(done)

    async def delete_files(self) -> int:
        """Of rows that are gone, and stay gone."""
        async with self.database.transaction(ROLE, read_only=True) as connection:
            rows = await connection.fetch(
                "SELECT o.workspace_id, o.id, a.id IS NOT NULL AS is_back FROM product.orphan_object o "
                f"LEFT JOIN product.attachment a USING (workspace_id, id) ORDER BY o.at LIMIT {FILES_AT_ONCE}"
            )
        for row in rows:
            if not row["is_back"]:
                try:
                    await self.bucket.delete(object_name(row["workspace_id"], str(row["id"])))
                except Problem:
                    _log.warning("the bucket does not answer")
                    return 0
            async with self.database.transaction(ROLE) as connection:
                await connection.execute(
                    "DELETE FROM product.orphan_object WHERE workspace_id = $1 AND id = $2", *row[:2]
                )
        return len(rows)

    async def drop_pending(self) -> None:
        """Creations that nobody finished. Whoever comes back with the id after all begins again, by the same claim."""
        async with self._applying() as connection:
            await connection.execute(
                "SELECT product.drop_pending(workspace_id) FROM product.workspace "
                "WHERE state = 'pending' AND created_at < now() - $1::interval",
                PENDING_KEPT,
            )

    async def _purge(self, table: str, column: str, age: timedelta) -> None:
        async with self._applying() as connection:
            await connection.execute(
                f"DELETE FROM product.{table} WHERE ctid = ANY (ARRAY("
                f"SELECT ctid FROM product.{table} WHERE {column} < now() - $1::interval "
                f"LIMIT {ROWS_AT_ONCE}))",
                age,
            )

    @asynccontextmanager
    async def _applying(self) -> AsyncIterator[Connection]:
        """A transaction whose deletions auth does not hear of: it had them first."""
        async with self.database.transaction(ROLE, local={"kit.origin": "auth"}) as connection:
            yield connection


def _count(tag: str) -> int:
    """`DELETE 17`"""
    return int(tag.rpartition(" ")[2])
