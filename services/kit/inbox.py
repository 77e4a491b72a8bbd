"""Messages are handled once, and one that cannot be handled is parked, so that it does not hold up the others.

    outcome = await inbox.handle("auth-events", message_id, body, apply)
    ack where outcome.settled, else nack

The handler's writes and the note that it ran are one transaction. After `attempts` failures the message is parked, with
its body and the kind of the error: acknowledge it, or it blocks its ordering key until it expires; an alert is on the
log line. `replay` gives it another try.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .database import Connection, Database
from .logs import fields, get_logger

Handler = Callable[[Connection, Any], Awaitable[None]]
_log = get_logger("kit.inbox")


class Outcome(StrEnum):
    DONE = "done"
    DONE_BEFORE = "done-before"
    FAILED = "failed"  # to come again
    PARKED = "parked"

    @property
    def settled(self) -> bool:
        """Whether the message is to be acknowledged."""
        return self is not Outcome.FAILED


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """Of a schema with `make_inbox`; `role` may SELECT, INSERT and UPDATE it, and do what handlers do."""

    database: Database
    schema: str
    role: str
    attempts: int = 5

    async def handle(self, source: str, message_id: str, body: Any, handler: Handler) -> Outcome:
        """Never raises for what the handler raises, but for cancellation."""
        try:
            async with self.database.transaction(self.role) as connection:
                state = await self._claim(connection, source, message_id)
                if state in {"done", "parked"}:
                    return Outcome.DONE_BEFORE if state == "done" else Outcome.PARKED
                await handler(connection, body)
                await connection.execute(
                    f"UPDATE {self.schema}.inbox SET state = 'done', at = now() WHERE source = $1 AND id = $2",
                    source,
                    message_id,
                )
        except Exception as error:
            return await self._failed(source, message_id, body, error)
        return Outcome.DONE

    async def _claim(self, connection: Connection, source: str, message_id: str) -> str:
        """Locks the message's row, so that a second delivery waits for the first."""
        return str(
            await connection.fetchval(
                f"INSERT INTO {self.schema}.inbox AS known (source, id, state) VALUES ($1, $2, 'failing') "
                "ON CONFLICT (source, id) DO UPDATE SET attempts = known.attempts RETURNING state",
                source,
                message_id,
            )
        )

    async def _failed(self, source: str, message_id: str, body: Any, error: Exception) -> Outcome:
        async with self.database.transaction(self.role) as connection:
            state = await connection.fetchval(
                f"""
                INSERT INTO {self.schema}.inbox AS known (source, id, attempts, state, body, error)
                VALUES ($1, $2, 1, CASE WHEN $3 <= 1 THEN 'parked' ELSE 'failing' END, $4, $5)
                ON CONFLICT (source, id) DO UPDATE SET
                  attempts = known.attempts + 1, at = now(), body = excluded.body, error = excluded.error,
                  state = CASE WHEN known.attempts + 1 >= $3 THEN 'parked' ELSE 'failing' END
                WHERE known.state = 'failing'
                RETURNING state""",
                source,
                message_id,
                self.attempts,
                body,
                type(error).__qualname__,
            )
        parked = state == "parked"
        about = fields(source=source, message_id=message_id, parked=parked)
        _log.log(
            40 if parked else 30, "a message is parked" if parked else "a message failed", exc_info=error, extra=about
        )
        return Outcome.PARKED if parked else Outcome.FAILED

    async def replay(self, source: str, message_id: str, handler: Handler) -> Outcome:
        """Handles a parked message again, by its kept body."""
        async with self.database.transaction(self.role) as connection:
            row = await connection.fetchrow(
                f"UPDATE {self.schema}.inbox SET state = 'failing', attempts = 0 "
                "WHERE source = $1 AND id = $2 AND state = 'parked' RETURNING body",
                source,
                message_id,
            )
        return Outcome.DONE_BEFORE if row is None else await self.handle(source, message_id, row["body"], handler)
