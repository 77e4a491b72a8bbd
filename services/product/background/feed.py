"""Auth's feed, by its cursor. A message only says that there may be more.

A page is one transaction with its cursor. A record that cannot be applied is set aside in the inbox and tried again;
the cursor goes on, so that it holds up nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from kit.database import Connection, Database, savepoint
from kit.inbox import Inbox
from kit.logs import fields, get_logger
from product.auth import Auth
from product.auth_client import CredentialFields, GoneFields, MembershipFields, MovedFields, WorkspaceFields
from product.background.applying import ROLE, Record, apply
from product.sync.hints import Hints

SOURCE: Final = "feed"
PAGE = 500
ATTEMPTS = 10
# A snapshot that lacks more than this part of what is here is not believed: somebody has to look.
PLAUSIBLE_LOSS = 0.5
PLAUSIBLE_ROWS = 10
_log = get_logger("product.feed")
_KINDS: dict[str, type[BaseModel]] = {
    kind.__name__: kind for kind in (WorkspaceFields, MembershipFields, CredentialFields, MovedFields, GoneFields)
}


@dataclass(frozen=True, kw_only=True)
class Feed:
    auth: Auth
    database: Database
    hints: Hints

    async def poll(self) -> int:
        """Reads to the head; the number of entries. Raises AuthUnavailable, and what the database raises."""
        count = 0
        while True:
            async with self.database.transaction(ROLE, read_only=True) as connection:
                cursor = str(await connection.fetchval("SELECT cursor FROM product.feed_state"))
            page = await self.auth.changes_since(cursor, PAGE)
            if page.typename__ == "Resync":
                # Without a cursor it is the first time; otherwise auth, or this database, was restored.
                level = logging.WARNING if cursor else logging.INFO
                _log.log(level, "the feed starts anew", extra=fields(reason=page.reason.value))
                count += await self.resync()
                continue
            records = [(f"{page.cursor.partition('.')[0]}.{change.n}", change.record) for change in page.changes]
            await self._take(cursor, page.cursor, records, at_head=not page.more)
            count += len(records)
            if not page.more:
                return count

    async def _take(self, before: str, cursor: str, records: Sequence[tuple[str, Record]], *, at_head: bool) -> None:
        ended: set[str] = set()
        async with self.database.transaction(ROLE) as connection:
            taken = await connection.fetchval(
                "UPDATE product.feed_state SET cursor = $2, read_at = CASE WHEN $3 THEN now() ELSE read_at END "
                "WHERE cursor = $1 RETURNING true",
                before,
                cursor,
                at_head,
            )
            if not taken:
                return  # another instance was here
            for key, record in records:
                ended |= await self._try(connection, key, record)
        for account in ended:
            await self.hints.revoked(account)

    async def _try(self, connection: Connection, key: str, record: Record) -> set[str]:
        try:
            async with savepoint(connection, "record"):
                return await apply(connection, record)
        except Exception as error:
            _log.warning("a record is set aside", exc_info=True, extra=fields(entry=key))
            await connection.execute(
                "INSERT INTO product.inbox (source, id, attempts, state, body, error) "
                "VALUES ($1, $2, 1, 'failing', $3, $4) ON CONFLICT DO NOTHING",
                SOURCE,
                key,
                _kept(record),
                type(error).__qualname__,
            )
            return set()

    async def try_again(self) -> None:
        """What was set aside; parked after `ATTEMPTS`, with an error in the log."""
        async with self.database.transaction(ROLE, read_only=True) as connection:
            rows = await connection.fetch(
                "SELECT id, body FROM product.inbox WHERE source = $1 AND state = 'failing' ORDER BY at LIMIT 100",
                SOURCE,
            )
        inbox = Inbox(database=self.database, schema="product", role=ROLE, attempts=ATTEMPTS)
        for row in rows:
            await inbox.handle(SOURCE, row["id"], row["body"], apply_kept)

    async def renew_statements(self) -> int:
        """Of workspaces that have left, signed by the key that signs now: an older one is retired some day."""
        after, count = None, 0
        while True:
            page = await self.auth.moved_workspaces(PAGE, after)
            async with self.database.transaction(ROLE) as connection:
                for record in page:
                    await apply(connection, record)
            count += len(page)
            if len(page) < PAGE:
                return count
            after = page[-1].workspace_id

    async def resync(self) -> int:
        """A whole snapshot, and then without what it lacks. Raises AuthUnavailable, Implausible."""
        after, first_cursor, count = None, "", 0
        workspaces: set[str] = set()
        members: set[str] = set()
        async with self.database.transaction(ROLE, read_only=True) as connection:
            began = await connection.fetchval("SELECT now()")
        while True:
            page = await self.auth.snapshot(PAGE, after)
            first_cursor = first_cursor or page.cursor
            workspaces |= {record.id for record in page.records if isinstance(record, WorkspaceFields)}
            members |= {record.id for record in page.records if isinstance(record, MembershipFields)}
            async with self.database.transaction(ROLE) as connection:
                for number, record in enumerate(page.records, count):
                    await self._try(connection, f"snapshot {first_cursor} {number}", record)
            count, after = count + len(page.records), page.after
            if after is None:
                break
        async with self.database.transaction(ROLE) as connection:
            await _drop_unseen(connection, began, workspaces, members)
            await connection.execute("UPDATE product.feed_state SET cursor = $1", first_cursor)
        return count


class Implausible(Exception):
    """The snapshot lacks too much of what is here."""

    def __init__(self, table: str, lacking: int, of: int) -> None:
        super().__init__(f"the snapshot lacks {lacking} of {of} rows of {table}: nothing was dropped")
        self.table, self.lacking, self.of = table, lacking, of


async def _drop_unseen(connection: Connection, began: datetime, workspaces: set[str], members: set[str]) -> None:
    """What was here before the snapshot began, and so was in auth: later rows it may lack."""
    here = (
        "FROM product.workspace w {} WHERE w.state = 'confirmed' AND {}.created_at < $1 "
        "AND NOT EXISTS (SELECT FROM product.moved v WHERE v.workspace_id = w.workspace_id)"
    )
    found = await connection.fetch(f"SELECT w.workspace_id AS id {here.format('', 'w')}", began)
    for row in _lacking("workspace", found, workspaces):
        await connection.execute("SELECT product.bury('workspace', $1, $1)", row["id"])
    join = "JOIN product.member m USING (workspace_id)"
    found = await connection.fetch(f"SELECT m.workspace_id, m.id {here.format(join, 'm')}", began)
    for row in _lacking("member", found, members):
        await connection.execute("SELECT product.bury('member', $1, $2)", row["workspace_id"], row["id"])
    await connection.execute("DELETE FROM product.credential_replica WHERE heard_at < $1", began)


def _lacking(table: str, rows: Sequence[Any], seen: set[str]) -> list[Any]:
    lacking = [row for row in rows if row["id"] not in seen]
    if len(lacking) > max(PLAUSIBLE_ROWS, PLAUSIBLE_LOSS * len(rows)):
        raise Implausible(table, len(lacking), len(rows))
    return lacking


def _kept(record: Record) -> dict[str, Any]:
    kind = next(name for name, kind in _KINDS.items() if isinstance(record, kind))
    return {"kind": kind, "record": record.model_dump(mode="json", by_alias=True)}


async def apply_kept(connection: Connection, body: Any) -> None:
    record: Any = _KINDS[body["kind"]].model_validate(body["record"])
    await apply(connection, record)
