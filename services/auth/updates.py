"""What begins in a region: its rows' new facts, and its deletions. Applied in any order and any number of times.

An update counts if (place version, row version) is higher than what auth has; the region of a workspace that moved, or
that was restored from a backup, has a higher place version and so wins. A tombstone beats every update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auth.claims import confirm_url_key, is_url_key
from auth.graphql.types import (
    ApplyDeletionsResult,
    ApplyUpdatesResult,
    Counter,
    CursorMismatch,
    DeletionInput,
    DeletionsApplied,
    Entity,
    Invalid,
    MemberFactsInput,
    UpdateApplied,
    UpdateInput,
    UpdateOutcome,
    UpdatesApplied,
    WorkspaceFactsInput,
)
from auth.store import Store
from auth.workspaces import is_buried, name_mistake
from kit.database import Connection

MAX_BATCH = 500


@dataclass(frozen=True)
class Updates:
    store: Store

    async def apply(self, region: str, batch: Sequence[UpdateInput]) -> ApplyUpdatesResult:
        """One transaction. In the order of ids, so that two batches never wait for each other in a circle."""
        if len(batch) > MAX_BATCH:
            return Invalid(field="batch", reason=f"at most {MAX_BATCH} items")
        outcomes: dict[int, UpdateOutcome] = {}
        in_order = sorted(enumerate(batch), key=lambda item: (item[1].workspace_id, item[1].id, item[0]))
        async with self.store.writing(origin=region) as connection:
            for index, update in in_order:
                outcomes[index] = await _apply(connection, region, update)
        return UpdatesApplied(
            outcomes=[
                UpdateApplied(workspace_id=update.workspace_id, id=update.id, outcome=outcomes[index])
                for index, update in enumerate(batch)
            ]
        )

    async def apply_deletions(
        self, region: str, after: int, cursor: int, batch: Sequence[DeletionInput]
    ) -> ApplyDeletionsResult:
        """Exactly behind what was applied before: a batch that comes twice, or out of order, changes nothing."""
        if len(batch) > MAX_BATCH:
            return Invalid(field="batch", reason=f"at most {MAX_BATCH} items")
        if cursor < after:
            return Invalid(field="cursor", reason="not behind `after`")
        async with self.store.writing(origin=region) as connection:
            await connection.execute(
                "INSERT INTO auth.drained (region, cursor) VALUES ($1, 0) ON CONFLICT DO NOTHING", region
            )
            at = await connection.fetchval("SELECT cursor FROM auth.drained WHERE region = $1 FOR UPDATE", region)
            if at != after:
                return CursorMismatch(cursor=Counter(at))
            outcomes = [await _delete(connection, region, deletion) for deletion in batch]
            await connection.execute("UPDATE auth.drained SET cursor = $2 WHERE region = $1", region, cursor)
        return DeletionsApplied(
            cursor=Counter(cursor),
            outcomes=[
                UpdateApplied(workspace_id=deletion.workspace_id, id=deletion.id, outcome=outcome)
                for deletion, outcome in zip(batch, outcomes, strict=True)
            ],
        )

    async def deletions_cursor(self, region: str) -> Counter:
        async with self.store.reading() as connection:
            at = await connection.fetchval("SELECT cursor FROM auth.drained WHERE region = $1", region)
        return Counter(at or 0)


async def _apply(connection: Connection, region: str, update: UpdateInput) -> UpdateOutcome:
    if (update.workspace is None) == (update.member is None):
        return UpdateOutcome.INVALID
    workspace = await connection.fetchrow(
        """
        SELECT id, url_key, place_version, facts_place, row_version FROM auth.workspace
        WHERE id = $1 AND region = $2 AND state <> 'lost' FOR NO KEY UPDATE
        """,
        update.workspace_id,
        region,
    )
    if workspace is None:
        gone = await is_buried(connection, Entity.WORKSPACE, update.workspace_id)
        return UpdateOutcome.GONE if gone else UpdateOutcome.NOT_YOURS
    if update.place_version > workspace["place_version"]:
        return UpdateOutcome.INVALID
    if update.place_version < workspace["place_version"]:
        return UpdateOutcome.STALE
    if update.workspace is not None:
        if update.id != update.workspace_id:
            return UpdateOutcome.INVALID
        if _version(update) <= (workspace["facts_place"], workspace["row_version"]):
            return UpdateOutcome.STALE
        return await _apply_to_workspace(connection, update, update.workspace, workspace["url_key"])
    assert update.member is not None
    return await _apply_to_member(connection, update, update.member)


def _version(update: UpdateInput) -> tuple[int, int]:
    return update.place_version, update.row_version


async def _apply_to_workspace(
    connection: Connection, update: UpdateInput, facts: WorkspaceFactsInput, url_key: str
) -> UpdateOutcome:
    if name_mistake(facts.name) is not None or not is_url_key(facts.url_key):
        return UpdateOutcome.INVALID
    if facts.url_key != url_key and not await confirm_url_key(connection, facts.url_key, update.workspace_id):
        return UpdateOutcome.CLAIM_LOST
    await connection.execute(
        """
        UPDATE auth.workspace SET name = $2, url_key = $3, facts_place = $4, row_version = $5 WHERE id = $1
        """,
        update.workspace_id,
        facts.name.strip(),
        facts.url_key,
        *_version(update),
    )
    return UpdateOutcome.APPLIED


async def _apply_to_member(connection: Connection, update: UpdateInput, facts: MemberFactsInput) -> UpdateOutcome:
    if name_mistake(facts.name) is not None:
        return UpdateOutcome.INVALID
    had = await connection.fetchrow(
        "SELECT facts_place, row_version FROM auth.membership WHERE id = $1 AND workspace_id = $2 FOR NO KEY UPDATE",
        update.id,
        update.workspace_id,
    )
    if had is None:
        gone = await is_buried(connection, Entity.MEMBERSHIP, update.id)
        return UpdateOutcome.GONE if gone else UpdateOutcome.NOT_YOURS
    if _version(update) <= (had["facts_place"], had["row_version"]):
        return UpdateOutcome.STALE
    await connection.execute(
        "UPDATE auth.membership SET name = $2, role = $3, facts_place = $4, row_version = $5 WHERE id = $1",
        update.id,
        facts.name.strip(),
        facts.role.value,
        *_version(update),
    )
    return UpdateOutcome.APPLIED


async def _delete(connection: Connection, region: str, deletion: DeletionInput) -> UpdateOutcome:
    """Memberships alone: a workspace is deleted here first. Rows that a region drops after a move are not its own."""
    if deletion.entity is not Entity.MEMBERSHIP:
        return UpdateOutcome.INVALID
    deleted = await connection.fetchval(
        """
        DELETE FROM auth.membership AS m USING auth.workspace AS w
        WHERE m.id = $1 AND m.workspace_id = $2 AND w.id = m.workspace_id AND w.region = $3 RETURNING true
        """,
        str(deletion.id),
        deletion.workspace_id,
        region,
    )
    if deleted:
        return UpdateOutcome.APPLIED
    gone = await is_buried(connection, Entity.MEMBERSHIP, deletion.id)
    return UpdateOutcome.GONE if gone else UpdateOutcome.NOT_YOURS
