"""What begins here, to auth: shared facts, the latest of each record, and deletions by a cursor that auth keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kit.audit import Deletion, read_deletions
from kit.database import Database
from kit.logs import fields, get_logger
from kit.outbox import Change, delete_changes, read_changes
from product.auth import Auth
from product.auth_client import (
    DeletionInput,
    Entity,
    MemberFactsInput,
    Role,
    UpdateInput,
    UpdateOutcome,
    WorkspaceFactsInput,
)
from product.background.applying import ROLE

DRAIN: Final = "product_drain"
SCHEMA: Final = "product"
BATCH = 500
_log = get_logger("product.outbox")
# Taken, or never to be taken: in either case it is done with. Unlike the others, these two are nobody's plan.
_UNEXPECTED = {UpdateOutcome.INVALID, UpdateOutcome.NOT_YOURS}


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """Each is tried again as a whole where no answer came: auth takes a version once."""

    auth: Auth
    database: Database

    async def send_updates(self) -> int:
        """Until nothing is left; the number of records that were sent. Raises AuthUnavailable."""
        sent = 0
        while changes := await self._read():
            await self._send(changes)
            sent += len(changes)
        return sent

    async def _read(self) -> Sequence[Change]:
        async with self.database.transaction(DRAIN, read_only=True) as connection:
            return await read_changes(connection, SCHEMA, limit=BATCH)

    async def _send(self, changes: Sequence[Change]) -> None:
        async with self.database.transaction(DRAIN, read_only=True) as connection:
            rows = await connection.fetch(
                "SELECT workspace_id, place_version FROM product.workspace WHERE workspace_id = ANY ($1)",
                list({change.workspace_id for change in changes}),
            )
        places = {row["workspace_id"]: row["place_version"] for row in rows}
        # Of a workspace that is gone by now there is nothing to say.
        updates = [_update(change, places) for change in changes if change.workspace_id in places]
        lost: list[str] = []
        if updates:
            answer = await self.auth.apply_updates(updates)
            if answer.typename__ == "Invalid":
                raise RefusedByAuth("updates", answer.field, answer.reason)
            for one in answer.outcomes:
                if one.outcome in _UNEXPECTED:
                    about = fields(workspace=one.workspace_id, record=one.id, outcome=one.outcome.value)
                    _log.error("auth does not take an update", extra=about)
                if one.outcome is UpdateOutcome.CLAIM_LOST:
                    lost.append(one.workspace_id)
        for workspace_id in lost:
            await self._take_back_url_key(workspace_id)
        async with self.database.transaction(DRAIN) as connection:
            await delete_changes(connection, SCHEMA, changes)

    async def _take_back_url_key(self, workspace_id: str) -> None:
        """Somebody took the key over before this update came. Auth's is the one that people reach the workspace by."""
        known = await self.auth.confirm_workspace(workspace_id)
        if known.typename__ != "Confirmed":
            return
        async with self.database.transaction(ROLE) as connection:
            await connection.execute(
                "UPDATE product.workspace SET url_key = $2 WHERE workspace_id = $1 AND url_key <> $2",
                workspace_id,
                known.workspace.url_key,
            )
        _log.warning("a URL key was lost to somebody else", extra=fields(workspace=workspace_id))

    async def send_deletions(self) -> int:
        """Until nothing is left; the number of audited rows that were gone through. Raises AuthUnavailable."""
        after = await self.auth.deletions_cursor()
        through = 0
        while True:
            async with self.database.transaction(DRAIN) as connection:
                # A database that was restored counts on where auth is, or its deletions would look like old ones.
                await connection.execute("SELECT product.resume_audit($1)", after)
                deletions = await read_deletions(connection, SCHEMA, after=after, limit=BATCH)
            if not deletions:
                return through
            cursor = deletions[-1].position
            answer = await self.auth.apply_deletions(after, cursor, _batch(deletions))
            if answer.typename__ == "Invalid":
                raise RefusedByAuth("deletions", answer.field, answer.reason)
            if answer.typename__ == "DeletionsApplied":
                through += len(deletions)
            after = answer.cursor  # also where another instance was here, or an answer was lost


class RefusedByAuth(Exception):
    """A batch that auth takes in no case: a mistake of this program."""

    def __init__(self, what: str, field: str, reason: str) -> None:
        super().__init__(f"auth refuses {what}: {field}: {reason}")


def _update(change: Change, places: Mapping[str, int]) -> UpdateInput:
    facts: WorkspaceFactsInput | MemberFactsInput
    update = UpdateInput(
        workspace_id=change.workspace_id,
        id=change.id,
        place_version=places[change.workspace_id],
        row_version=change.version,
    )
    if change.entity == "workspace":
        facts = WorkspaceFactsInput(name=change.body["name"], url_key=change.body["url_key"])
        return update.model_copy(update={"workspace": facts})
    facts = MemberFactsInput(name=change.body["name"], role=Role(change.body["role"].upper()))
    return update.model_copy(update={"member": facts})


def _batch(deletions: Sequence[Deletion]) -> list[DeletionInput]:
    """Auth keeps memberships; a workspace is deleted there first. The other rows are this side's alone."""
    return [
        DeletionInput(workspace_id=one.workspace_id or "", entity=Entity.MEMBERSHIP, id=one.key["id"])
        for one in deletions
        if one.entity == "member"
    ]
