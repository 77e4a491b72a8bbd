"""A client's own id of what it asks for: the same id gives the same answer, and does it once.

Ids are each account's own, in a workspace. They are kept for `KEPT_DAYS`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from kit.database import Connection
from product.errors import Problem

KEPT_DAYS = 30
Answer: TypeAlias = dict[str, Any]


def content_hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


async def once(
    connection: Connection,
    *,
    workspace_id: str,
    account_id: str,
    operation_id: str,
    content: str,
    act: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Runs `act` in this transaction, or gives the answer that it gave before. Without an id it just runs.

    Whoever comes with the same id meanwhile waits for this transaction. Raises Problem `operation_conflict`.
    """
    if not operation_id:
        return await act()
    key = (workspace_id, account_id, operation_id)
    begun = await connection.fetchval(
        "INSERT INTO product.operation (workspace_id, account_id, id, content_hash) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING true",
        *key,
        content,
    )
    if not begun:
        return await _known(connection, key, content)
    answer = await act()
    await connection.execute(
        "UPDATE product.operation SET answer = $4 WHERE workspace_id = $1 AND account_id = $2 AND id = $3", *key, answer
    )
    return answer


async def _known(connection: Connection, key: tuple[str, str, str], content: str) -> Answer:
    row = await connection.fetchrow(
        "SELECT content_hash, answer FROM product.operation WHERE workspace_id = $1 AND account_id = $2 AND id = $3",
        *key,
    )
    if row["content_hash"] != content:
        raise Problem(409, "operation_conflict", "This operation id was used for something else.", operation_id=key[2])
    answer: Answer = row["answer"]
    return answer
