"""Changes of this side's rows, for the other side: the latest of each record, until it has taken them.

    async with database.transaction("product_drain", read_only=True) as connection:
        changes = await read_changes(connection, "product", limit=500)
    ... send them
    async with database.transaction("product_drain") as connection:
        await delete_changes(connection, "product", changes)

A trigger wrote a row an update, bulk ones too (`send_changes` in kit/migrations/helpers.sql). Nothing is locked while
they are sent. What comes meanwhile has rows of its own and stays: exactly those that were read are deleted. To send a
change twice, or after a later one, does no harm, since the other side takes a version only if it is higher.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .database import Connection


@dataclass(frozen=True, kw_only=True)
class Change:
    """The latest of a record among the rows that were read, whose numbers are `rows`."""

    entity: str
    workspace_id: str
    id: str
    version: int
    body: dict[str, Any]
    rows: tuple[int, ...]


async def read_changes(connection: Connection, schema: str, *, limit: int) -> list[Change]:
    """Of at most `limit` rows, the oldest first."""
    return coalesce(
        await connection.fetch(
            f"SELECT n, entity, workspace_id, id, version, body FROM {schema}.outbox ORDER BY n LIMIT $1", limit
        )
    )


def coalesce(rows: Iterable[Any]) -> list[Change]:
    """One a record, of the highest version; in the order of the records' first rows."""
    found: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        found.setdefault((row["entity"], row["workspace_id"], row["id"]), []).append(row)
    return [_latest(of_record) for of_record in found.values()]


def _latest(rows: Sequence[Any]) -> Change:
    row = max(rows, key=lambda row: row["version"])
    return Change(
        entity=row["entity"],
        workspace_id=row["workspace_id"],
        id=row["id"],
        version=row["version"],
        body=row["body"],
        rows=tuple(row["n"] for row in rows),
    )


async def delete_changes(connection: Connection, schema: str, changes: Iterable[Change]) -> None:
    """Those that the other side has taken, or will never take."""
    rows = [n for change in changes for n in change.rows]
    await connection.execute(f"DELETE FROM {schema}.outbox WHERE n = ANY ($1::bigint[])", rows)
