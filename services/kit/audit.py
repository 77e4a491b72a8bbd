"""Deleted rows, for the other side: read by a cursor that resumes anywhere.

    deletions = await read_deletions(connection, "product", after=cursor, limit=500)     as the schema's drain role
    ... send them; the other side keeps deletions[-1].position as the cursor, together with what it applied

Triggers wrote them (kit/migrations/helpers.sql): one a deleted row, cascades included. What was deleted here because
the other side said so (`kit.origin`) is audited and never read here, so that it does not go back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .database import Connection


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """`key` has the columns of the primary key. `position` rises, without a gap."""

    position: int
    at: datetime
    entity: str
    workspace_id: str | None
    key: dict[str, Any]


async def read_deletions(connection: Connection, schema: str, *, after: int, limit: int) -> list[Deletion]:
    """The next ones, in the order in which they are sent. Each has one position for ever."""
    await connection.execute(f"SELECT {schema}.number_audit($1)", limit)
    rows = await connection.fetch(
        f"SELECT position, at, entity, workspace_id, key FROM {schema}.audit WHERE position > $1 ORDER BY 1 LIMIT $2",
        after,
        limit,
    )
    return [Deletion(**row) for row in rows]
