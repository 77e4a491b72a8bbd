"""Operations whose ids clients chose: the same id gives the same answer for ever, and is done once.

    answer = await once(connection, "auth", {"account_id": account, "id": operation_id}, content, act)

The note and what `act` writes are one transaction, so that a lost answer is found again and a failure leaves nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from .database import Connection


class OperationConflict(Exception):
    """The id was used for something else. `operation_id` is the client's."""

    def __init__(self, operation_id: str) -> None:
        self.operation_id = operation_id
        super().__init__(f"operation {operation_id} was used for something else")


async def once(
    connection: Connection, schema: str, key: Mapping[str, str], content: Any, act: Callable[[], Awaitable[Any]]
) -> Any:
    """Runs `act` in this transaction, or gives the answer (JSON) that it gave before.

    `key`: the columns of the primary key of SCHEMA.operation; `id` is the client's. `content`: JSON, what the operation
    is. Whoever comes with the same key meanwhile waits for this transaction. Raises OperationConflict.
    """
    columns, values = ", ".join(key), list(key.values())
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    same = " AND ".join(f"{name} = ${n}" for n, name in enumerate(key, 1))
    last = f"${len(values) + 1}"
    digest = content_hash(content)
    begun = await connection.fetchval(
        f"INSERT INTO {schema}.operation ({columns}, content_hash) VALUES ({places}, {last}) "
        "ON CONFLICT DO NOTHING RETURNING true",
        *values,
        digest,
    )
    if not begun:
        row = await connection.fetchrow(f"SELECT content_hash, answer FROM {schema}.operation WHERE {same}", *values)
        if row["content_hash"] != digest:
            raise OperationConflict(key["id"])
        return row["answer"]
    answer = await act()
    await connection.execute(f"UPDATE {schema}.operation SET answer = {last} WHERE {same}", *values, answer)
    return answer


def content_hash(content: Any) -> bytes:
    """SHA-256 of the content as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()
