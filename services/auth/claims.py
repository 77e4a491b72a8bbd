"""Names that only one workspace may have. A pending claim that expired is taken over by the next who wants the name."""

from __future__ import annotations

import re
from datetime import datetime
from typing import cast

from kit.database import Connection

URL_KEY = "url-key"
PENDING_S = 300
_URL_KEY = re.compile(r"[a-z0-9](?:-?[a-z0-9]){1,39}")


def is_url_key(text: str) -> bool:
    """2 to 40 small letters, digits and single dashes: a part of what the Worker takes for one."""
    return _URL_KEY.fullmatch(text) is not None


async def claim_url_key(connection: Connection, url_key: str, workspace_id: str) -> datetime | None:
    """Claims for five minutes, or again. None: somebody else has it. Whoever it is taken from has lost it for ever.

    The row is locked to the end of the transaction, so that confirming and taking over happen one after the other.
    clock_timestamp(): the transaction may have waited for the lock since now().
    """
    fresh = await connection.fetchval(
        """
        INSERT INTO auth.claim (kind, key, workspace_id, state, expires_at)
        VALUES ($1, $2, $3, 'pending', clock_timestamp() + make_interval(secs => $4))
        ON CONFLICT DO NOTHING RETURNING expires_at
        """,
        URL_KEY,
        url_key,
        workspace_id,
        PENDING_S,
    )
    if fresh is not None:
        return cast("datetime", fresh)
    held = await connection.fetchrow(
        """
        SELECT workspace_id, state = 'pending' AND (expires_at <= clock_timestamp() OR workspace_id = $3) AS is_free
        FROM auth.claim WHERE kind = $1 AND key = $2 FOR UPDATE
        """,
        URL_KEY,
        url_key,
        workspace_id,
    )
    if held is None:  # released in between
        return await claim_url_key(connection, url_key, workspace_id)
    if not held["is_free"]:
        return None
    if held["workspace_id"] != workspace_id:
        await _lose(connection, held["workspace_id"])
    renewed = await connection.fetchval(
        """
        UPDATE auth.claim SET workspace_id = $3, expires_at = clock_timestamp() + make_interval(secs => $4)
        WHERE kind = $1 AND key = $2 RETURNING expires_at
        """,
        URL_KEY,
        url_key,
        workspace_id,
        PENDING_S,
    )
    return cast("datetime", renewed)


async def confirm_url_key(connection: Connection, url_key: str, workspace_id: str) -> bool:
    """Also late, as long as nobody took it. What the workspace had before is free from then on."""
    held = await connection.fetchval(
        """
        SELECT true FROM auth.claim WHERE kind = $1 AND key = $2 AND workspace_id = $3 AND state = 'pending' FOR UPDATE
        """,
        URL_KEY,
        url_key,
        workspace_id,
    )
    if not held:
        return False
    await connection.execute(
        "DELETE FROM auth.claim WHERE kind = $1 AND workspace_id = $2 AND key <> $3", URL_KEY, workspace_id, url_key
    )
    await connection.execute(
        "UPDATE auth.claim SET state = 'confirmed', expires_at = NULL WHERE kind = $1 AND key = $2", URL_KEY, url_key
    )
    return True


async def _lose(connection: Connection, workspace_id: str) -> None:
    """Nothing of a workspace that was never confirmed stays but its id, and that it lost."""
    lost = await connection.fetchval(
        "UPDATE auth.workspace SET state = 'lost', name = '' WHERE id = $1 AND state = 'pending' RETURNING true",
        workspace_id,
    )
    if lost:
        await connection.execute("DELETE FROM auth.membership WHERE workspace_id = $1", workspace_id)
