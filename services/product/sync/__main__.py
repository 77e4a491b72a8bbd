"""The sync engine's program."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial

import uvloop

from kit import logs
from kit.web import Check
from product.cache import make_redis
from product.running import has_heard, open_authenticator, open_database
from product.settings import SyncSettings
from product.sync.app import make_app
from product.sync.database_log import DatabaseLog
from product.sync.door import CredentialDoor
from product.sync.hub import Hub
from product.sync.server import DrainingServer, alongside, server_config
from product.sync.session import Pace

LEFT_TO_END_S = 5  # of the time to drain, for what follows the sockets


async def serve(settings: SyncSettings) -> None:
    """Until SIGTERM."""
    async with AsyncExitStack() as stack:
        database = await open_database(stack, settings, "product-sync")
        door = CredentialDoor(await open_authenticator(stack, settings, database), database)
        redis = make_redis(settings)
        stack.push_async_callback(redis.aclose)
        hub = Hub(DatabaseLog(database))
        await stack.enter_async_context(alongside(hub, redis))
        checks: dict[str, Check] = {"database": database.ready, "data": partial(has_heard, database)}
        config = server_config(make_app(hub, door, checks, Pace()), settings)
        within_s = max(1, settings.drain_timeout_s - LEFT_TO_END_S)
        await DrainingServer(config, hub, within_s=within_s).serve()


def main() -> None:
    settings = SyncSettings()
    logs.configure(settings.k_service, settings.k_revision)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


if __name__ == "__main__":
    main()
