"""What runs beside the sockets, and how an instance goes away: the order in which a deploy ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import AsyncIterator

import uvicorn
from redis.asyncio import Redis
from starlette.applications import Starlette

from kit.serve import KEEP_ALIVE_S
from kit.settings import Settings
from product.sync.hints import listen
from product.sync.hub import Hub

_log = logging.getLogger(__name__)

POLL_EVERY_S = 1.0
SPREAD_MS = 5000  # over which the clients of an instance that goes away come back
LARGEST_MESSAGE_BYTES = 4096  # a client sends acknowledgements alone
PING_S = 20.0  # a client that is gone without a word is found within twice as long


@contextlib.asynccontextmanager
async def alongside(hub: Hub, redis: Redis, poll_every_s: float = POLL_EVERY_S) -> AsyncIterator[None]:
    """Hears hints and polls the heads for as long as it is entered."""
    tasks = [
        asyncio.create_task(listen(redis, hub.hinted, hub.revoked)),
        asyncio.create_task(_poll(hub, poll_every_s)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _poll(hub: Hub, every_s: float) -> None:
    while True:
        try:
            await hub.poll()
        except Exception:  # the database is away: the next round finds the same
            _log.warning("the heads could not be polled", exc_info=True)
        await asyncio.sleep(every_s)


def server_config(app: Starlette, settings: Settings | None = None) -> uvicorn.Config:
    """Without settings: for a test, which binds by itself."""
    return uvicorn.Config(
        app,
        host="0.0.0.0",
        port=settings.port if settings else 0,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # each socket would compress the same message anew
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_S,
    )


class DrainingServer(uvicorn.Server):
    """On SIGTERM every socket gets its close code before uvicorn closes what is left with 1012 of its own."""

    def __init__(self, config: uvicorn.Config, hub: Hub, *, within_s: float) -> None:
        super().__init__(config)
        self._hub = hub
        self._within_s = within_s

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            async with asyncio.timeout(self._within_s):
                await self._hub.drain(spread_ms=SPREAD_MS, chance=random.Random())
        except TimeoutError:
            _log.warning("sockets were left when the time to drain was over", extra={"sockets": self._hub.sockets})
        await super().shutdown(sockets)
