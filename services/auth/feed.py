"""What a region must know of the directory: changes behind a cursor, and everything at once for one that starts anew.

An entry names a record; the answer has the record as it is now, or that it is none of the region's matters any more. So
an answer that comes twice, or late, leads to the same state.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strawberry import ID

from auth.credentials import VISIBLE
from auth.graphql.types import (
    Change,
    Changes,
    ChangesResult,
    Counter,
    Credential,
    Entity,
    Gone,
    Membership,
    Moved,
    Resync,
    ResyncReason,
    SnapshotPage,
    Workspace,
)
from auth.records import (
    CREDENTIAL_COLUMNS,
    MEMBERSHIP_COLUMNS,
    WORKSPACE_COLUMNS,
    credential_of,
    membership_of,
    workspace_of,
)
from auth.signing import Signer
from auth.store import Store
from kit.database import Connection

MAX_ENTRIES = 1000
_SWEEP = 100
_CURSOR = re.compile(r"([0-9a-f]{12})\.([0-9]{1,18})")
_ORDER = (Entity.WORKSPACE, Entity.MEMBERSHIP, Entity.CREDENTIAL, Entity.MOVED)
_GOOD = "c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now())"

Found = Workspace | Membership | Credential | Moved


@dataclass(frozen=True)
class Feed:
    store: Store
    signer: Signer
    clock: Callable[[], float] = time.time

    async def changes_since(self, region: str, cursor: str, limit: int) -> ChangesResult:
        """One snapshot of the database. Numbers are given in the order of commits: below the head none is missing."""
        parsed = _CURSOR.fullmatch(cursor)
        if parsed is None:
            return Resync(reason=ResyncReason.MALFORMED)
        epoch, after = parsed[1], int(parsed[2])
        limit = max(1, min(limit, MAX_ENTRIES))
        async with self.store.database.transaction(
            "auth_api", read_only=True, isolation="REPEATABLE READ"
        ) as connection:
            head = await connection.fetchrow("SELECT n, compacted, epoch FROM auth.feed_head")
            if (reason := _astray(epoch, after, head)) is not None:
                return Resync(reason=reason)
            entries = await connection.fetch(
                """
                SELECT n, entity, id, workspace_id FROM auth.feed WHERE region = $1 AND n > $2 ORDER BY n LIMIT $3
                """,
                region,
                after,
                limit + 1,
            )
            more, entries = len(entries) > limit, entries[:limit]
            found = await self._find(connection, region, entries)
        if not entries:
            await self._compact()
        reached = entries[-1]["n"] if more else max(head["n"], after)
        return Changes(changes=[_change(entry, found) for entry in entries], cursor=f"{epoch}.{reached}", more=more)

    async def snapshot(self, region: str, after: str | None, limit: int) -> SnapshotPage:
        """By entity and id. What appears behind a page that was read is in the feed behind the first page's cursor."""
        limit = max(1, min(limit, MAX_ENTRIES))
        entity, _, last = (after or f"{_ORDER[0].value}:").partition(":")
        records: list[Any] = []
        async with self.store.database.transaction(
            "auth_api", read_only=True, isolation="REPEATABLE READ"
        ) as connection:
            head = await connection.fetchrow("SELECT n, epoch FROM auth.feed_head")
            for kind in _ORDER[[each.value for each in _ORDER].index(Entity(entity).value) :]:
                page = await self._page(kind)(
                    connection, region, last if kind.value == entity else "", limit - len(records)
                )
                records += page
                if len(records) >= limit:
                    return SnapshotPage(
                        records=records, after=f"{kind.value}:{_id(page[-1])}", cursor=f"{head['epoch']}.{head['n']}"
                    )
        return SnapshotPage(records=records, after=None, cursor=f"{head['epoch']}.{head['n']}")

    async def moved(self, region: str, after: str | None, limit: int) -> list[Moved]:
        async with self.store.reading() as connection:
            return await self._moved_page(connection, region, after or "", max(1, min(limit, MAX_ENTRIES)))

    async def _compact(self) -> None:
        """Inside of a poll that found nothing: auth has no runner."""
        async with self.store.writing() as connection:
            await connection.fetchval("SELECT auth.compact($1)", _SWEEP)

    # ----------------------------------------------------------------------------------------- by entry of the feed

    async def _find(
        self, connection: Connection, region: str, entries: Sequence[Any]
    ) -> Mapping[tuple[str, str], Found]:
        ids: dict[str, list[str]] = {entity.value: [] for entity in Entity}
        for entry in entries:
            ids[entry["entity"]].append(entry["id"])
        found: dict[tuple[str, str], Found] = {}
        for entity, find in (
            (Entity.WORKSPACE, _workspaces),
            (Entity.MEMBERSHIP, _memberships),
            (Entity.CREDENTIAL, _credentials),
            (Entity.MOVED, self._moved),
        ):
            if ids[entity.value]:
                for record in await find(connection, region, "= ANY ($2)", ids[entity.value]):
                    found[entity.value, _id(record)] = record
        return found

    # ------------------------------------------------------------------------------------------------------- by page

    def _page(self, entity: Entity) -> Callable[[Connection, str, str, int], Awaitable[Sequence[Found]]]:
        find = {Entity.WORKSPACE: _workspaces, Entity.MEMBERSHIP: _memberships, Entity.CREDENTIAL: _good_credentials}

        async def page(connection: Connection, region: str, after: str, limit: int) -> Sequence[Found]:
            if entity is Entity.MOVED:
                return await self._moved_page(connection, region, after, limit)
            return await find[entity](connection, region, "> $2", after, limit)

        return page

    async def _moved(
        self, connection: Connection, region: str, which: str, ids: object, limit: int = MAX_ENTRIES
    ) -> list[Found]:
        """Signed when it is read, so by the key that signs now: one that is to be retired is in no new answer."""
        rows = await connection.fetch(
            f"""
            SELECT workspace_id, from_region, to_region, place_version FROM auth.moved
            WHERE from_region = $1 AND workspace_id {which} ORDER BY workspace_id LIMIT $3
            """,
            region,
            ids,
            limit,
        )
        return [self._statement(row) for row in rows]

    async def _moved_page(self, connection: Connection, region: str, after: str, limit: int) -> list[Any]:
        return await self._moved(connection, region, "> $2", after, limit)

    def _statement(self, row: Any) -> Moved:
        statement = self.signer.moved(
            workspace=row["workspace_id"],
            places=(row["from_region"], row["to_region"]),
            version=row["place_version"],
            now_s=self.clock(),
        )
        return Moved(
            workspace_id=ID(row["workspace_id"]),
            to=row["to_region"],
            place_version=Counter(row["place_version"]),
            statement=statement,
        )


def _astray(epoch: str, after: int, head: Any) -> ResyncReason | None:
    if epoch != head["epoch"]:
        return ResyncReason.OTHER_EPOCH
    if after > head["n"]:
        return ResyncReason.BEYOND_HEAD
    if after < head["compacted"]:
        return ResyncReason.COMPACTED
    return None


def _change(entry: Any, found: Mapping[tuple[str, str], Found]) -> Change:
    entity = Entity(entry["entity"])
    workspace = None if entry["workspace_id"] is None else ID(entry["workspace_id"])
    record = found.get((entry["entity"], entry["id"]))
    return Change(
        n=Counter(entry["n"]),
        entity=entity,
        id=ID(entry["id"]),
        record=Gone(entity=entity, id=ID(entry["id"]), workspace_id=workspace) if record is None else record,
    )


def _id(record: Found) -> str:
    return record.workspace_id if isinstance(record, Moved) else record.id


async def _workspaces(
    connection: Connection, region: str, which: str, ids: object, limit: int = MAX_ENTRIES
) -> list[Found]:
    rows = await connection.fetch(
        f"""
        SELECT {WORKSPACE_COLUMNS} FROM auth.workspace AS w
        WHERE w.region = $1 AND w.state <> 'lost' AND w.id {which} ORDER BY w.id LIMIT $3
        """,
        region,
        ids,
        limit,
    )
    return [workspace_of(row) for row in rows]


async def _memberships(
    connection: Connection, region: str, which: str, ids: object, limit: int = MAX_ENTRIES
) -> list[Found]:
    rows = await connection.fetch(
        f"""
        SELECT {MEMBERSHIP_COLUMNS} FROM auth.membership AS m JOIN auth.account AS a ON a.id = m.account_id
        JOIN auth.workspace AS w ON w.id = m.workspace_id
        WHERE w.region = $1 AND w.state <> 'lost' AND m.id {which} ORDER BY m.id LIMIT $3
        """,
        region,
        ids,
        limit,
    )
    return [membership_of(row) for row in rows]


async def _credentials(
    connection: Connection, region: str, which: str, ids: object, limit: int = MAX_ENTRIES, *, good: str = "true"
) -> list[Found]:
    rows = await connection.fetch(
        f"""
        SELECT {CREDENTIAL_COLUMNS} FROM auth.credential AS c
        WHERE {VISIBLE} AND {good} AND c.id {which} ORDER BY c.id LIMIT $3
        """,
        region,
        ids,
        limit,
    )
    return [credential_of(row) for row in rows]


async def _good_credentials(
    connection: Connection, region: str, which: str, ids: object, limit: int = MAX_ENTRIES
) -> list[Found]:
    return await _credentials(connection, region, which, ids, limit, good=_GOOD)
