"""Transactions of auth's API: what one commits is told on the topic afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from auth.publishing import Hint, Publisher, publish_hints
from kit.database import Connection, Database

ROLE = "auth_api"
# Of one transaction: a workspace with very many members moves. The feed has them all, a hint only wakes.
_MAX_HINTS = 1000


class Store:
    """Reads and writes as the role of auth's API."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self.database = database
        self._publisher = publisher

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        async with self.database.transaction(ROLE, read_only=True) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, *, origin: str = "") -> AsyncIterator[Connection]:
        """`origin`: the region whose own change is applied, which therefore is told nothing of it."""
        async with self.database.transaction(ROLE, local={"kit.origin": origin} if origin else {}) as connection:
            yield connection
            xid = await connection.fetchval("SELECT pg_catalog.pg_current_xact_id_if_assigned()::text")
        if xid is not None:
            await publish_hints(self._publisher, await self._hints(xid))

    async def _hints(self, xid: str) -> list[Hint]:
        async with self.reading() as connection:
            rows = await connection.fetch(
                """
                SELECT f.entity, f.id, f.region, f.n, h.epoch FROM auth.feed AS f CROSS JOIN auth.feed_head AS h
                WHERE f.xid = $1::text::xid8 ORDER BY f.n LIMIT $2
                """,
                xid,
                _MAX_HINTS,
            )
        return [Hint(**row) for row in rows]
