"""Ids of third parties that lead to a workspace: claimed by its region, found by SHA-256 of kind, line feed and id."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from strawberry import ID

from auth.graphql.types import (
    ClaimKeyResult,
    Invalid,
    KeyClaimed,
    KeyReleased,
    KeyTaken,
    NotYours,
    OperationConflict,
    ReleaseKeyResult,
    TooManyKeys,
)
from auth.store import Store
from auth.workspaces import Answer, is_of, once, operation_mistake
from kit import operations
from kit.database import Connection

MAX_KEYS = 1000  # of a workspace
KIND = re.compile(r"[a-z](?:-?[a-z0-9]){1,39}")
_HASH = re.compile(r"[0-9a-f]{64}")


def key_hash(kind: str, key: str) -> str:
    return hashlib.sha256(f"{kind}\n{key}".encode()).hexdigest()


def claim_kind(kind: str) -> str:
    return f"key:{kind}"


@dataclass(frozen=True)
class KeyClaim:
    operation_id: str
    workspace_id: str
    kind: str
    key_hash: str

    def mistake(self) -> Invalid | None:
        if KIND.fullmatch(self.kind) is None or len(self.kind) > 40:
            return Invalid(field="kind", reason="2 to 40 small letters, digits and single dashes, the first a letter")
        if _HASH.fullmatch(self.key_hash) is None:
            return Invalid(field="keyHash", reason="SHA-256 in small hexadecimal digits")
        return operation_mistake(self.operation_id)

    def content(self, do: str) -> dict[str, object]:
        return {"do": do, "kind": self.kind, "key_hash": self.key_hash}


@dataclass(frozen=True)
class Keys:
    """The operation ids are the workspace's: no account asks here."""

    store: Store

    async def claim(self, region: str, asked: KeyClaim) -> ClaimKeyResult:
        if (mistake := asked.mistake()) is not None:
            return mistake
        async with self.store.writing() as connection:
            if not await is_of(connection, region, asked.workspace_id):
                return NotYours(id=ID(asked.workspace_id))

            async def do() -> Answer:
                return {"answer": await _claim(connection, asked)}

            try:
                answer = await once(connection, asked.workspace_id, asked.operation_id, asked.content("claim_key"), do)
            except operations.OperationConflict:
                return OperationConflict(operation_id=ID(asked.operation_id))
        match answer["answer"]:
            case "claimed":
                return KeyClaimed(kind=asked.kind, workspace_id=ID(asked.workspace_id))
            case "taken":
                return KeyTaken(kind=asked.kind)
            case _:
                return TooManyKeys(limit=MAX_KEYS)

    async def release(self, region: str, asked: KeyClaim) -> ReleaseKeyResult:
        async with self.store.writing() as connection:
            if not await is_of(connection, region, asked.workspace_id):
                return NotYours(id=ID(asked.workspace_id))

            async def do() -> Answer:
                await connection.execute(
                    "DELETE FROM auth.claim WHERE kind = $1 AND key = $2 AND workspace_id = $3",
                    claim_kind(asked.kind),
                    asked.key_hash,
                    asked.workspace_id,
                )
                return {}

            try:
                await once(connection, asked.workspace_id, asked.operation_id, asked.content("release_key"), do)
            except operations.OperationConflict:
                return OperationConflict(operation_id=ID(asked.operation_id))
        return KeyReleased(kind=asked.kind)


async def _claim(connection: Connection, asked: KeyClaim) -> str:
    """The workspace's row is locked, so that the limit holds for claims at the same moment."""
    kind = claim_kind(asked.kind)
    await connection.execute("SELECT FROM auth.workspace WHERE id = $1 FOR NO KEY UPDATE", asked.workspace_id)
    holder = await connection.fetchval(
        "SELECT workspace_id FROM auth.claim WHERE kind = $1 AND key = $2", kind, asked.key_hash
    )
    if holder is not None:
        return "claimed" if holder == asked.workspace_id else "taken"
    had = await connection.fetchval(
        "SELECT count(*) FROM auth.claim WHERE workspace_id = $1 AND kind <> 'url-key'", asked.workspace_id
    )
    if had >= MAX_KEYS:
        return "too many"
    claimed = await connection.fetchval(
        """
        INSERT INTO auth.claim (kind, key, workspace_id, state) VALUES ($1, $2, $3, 'confirmed')
        ON CONFLICT DO NOTHING RETURNING true
        """,
        kind,
        asked.key_hash,
        asked.workspace_id,
    )
    return "claimed" if claimed else "taken"
