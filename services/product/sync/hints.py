"""What instances tell one another through Redis: that a workspace's log went on, and whose sessions to check again.

Hints only: the poll of heads, and the check that every socket makes each minute, find the same without them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

_log = logging.getLogger(__name__)

CHANNEL = "sync"
PUBLISH_WITHIN_S = 0.5
COME_BACK_AFTER_S = 1.0


class Hints:
    """Publishing never fails and never waits for long: Redis may be gone, and sync goes on, slower."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def changed(self, workspace: str, n: int) -> None:
        """To be called after the commit that gave the workspace's log the number `n`."""
        await self._publish({"workspace": workspace, "n": n})

    async def revoked(self, account: str) -> None:
        """A session, or a membership, of this account has ended."""
        await self._publish({"revoked": account})

    async def _publish(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(PUBLISH_WITHIN_S):
                await self._redis.publish(CHANNEL, json.dumps(message))
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("a hint could not be published", extra={"error": type(error).__name__})


async def listen(redis: Redis, changed: Callable[[str, int], None], revoked: Callable[[str], None]) -> None:
    """For ever; comes back where Redis was gone."""
    while True:
        try:
            async with redis.pubsub() as subscription:
                await subscription.subscribe(CHANNEL)
                async for message in subscription.listen():
                    if message["type"] == "message":
                        _hear(message["data"], changed, revoked)
        except (RedisError, OSError) as error:
            _log.warning("hints cannot be heard", extra={"error": type(error).__name__})
        await asyncio.sleep(COME_BACK_AFTER_S)


def _hear(data: bytes, changed: Callable[[str, int], None], revoked: Callable[[str], None]) -> None:
    match json.loads(data):
        case {"workspace": str(workspace), "n": int(n)}:
            changed(workspace, n)
        case {"revoked": str(account)}:
            revoked(account)
        case _:
            _log.warning("a hint of an unknown kind")
