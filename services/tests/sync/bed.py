"""Instances of the sync engine on a real database, with a Redis between them. Who may come in, a header says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Self
from uuid import UUID, uuid4

import fakeredis
from redis.asyncio import Redis
from starlette.requests import HTTPConnection
from starlette.responses import Response

from kit.database import Database
from product.sync.app import Admitted, Door, make_app, refusal
from product.sync.database_log import DatabaseLog
from product.sync.hints import CHANNEL, Hints
from product.sync.hub import Hub
from product.sync.protocol import Close
from product.sync.server import DrainingServer, alongside, server_config
from product.sync.session import Pace
from tests.postgres import TestDatabase
from tests.product.conftest import LOGINS
from tests.sync.follower import Follower

WORKSPACE = "ws_" + "a" * 22
PROJECT = UUID(int=1)


@dataclass
class TestDoor:
    """Lets in whom the header X-Account names, into the workspace of the query. Accounts of `ended` are shown out."""

    __test__ = False
    ended: dict[str, Close] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def admit(self, connection: HTTPConnection) -> Admitted | Response:
        account = connection.headers.get("x-account")
        if account is None:
            return refusal(401, "invalid_credential")

        async def check() -> Close | None:
            self.asked.append(account)
            return self.ended.get(account)

        return Admitted(connection.query_params["workspace"], account, check)


@dataclass
class Instance:
    """One process of the sync service, in this one."""

    hub: Hub
    origin: str
    server: DrainingServer
    running: asyncio.Task[None]

    def follower(self, account: str = "anna") -> Follower:
        return Follower(self.origin, {"X-Account": account})

    async def stop(self) -> None:
        """As SIGTERM does."""
        self.server.should_exit = True
        await self.running


class Bed:
    def __init__(self, test_database: TestDatabase, database: Database, redis_port: int, stack: AsyncExitStack) -> None:
        self.test_database = test_database
        self.database = database
        self.redis_port = redis_port
        self.door = TestDoor()
        self._stack = stack
        self._listening = 0
        self.hints = Hints(self.redis())

    @classmethod
    @asynccontextmanager
    async def open(cls, test_database: TestDatabase) -> AsyncIterator[Self]:
        async with AsyncExitStack() as stack:
            database = await Database.open(test_database.settings(LOGINS["sync"]), "sync")
            stack.push_async_callback(database.close)
            bed = cls(test_database, database, stack.enter_context(redis_server()), stack)
            await bed.make_workspace(WORKSPACE)
            yield bed

    def redis(self, port: int | None = None) -> Redis:
        redis = Redis(host="127.0.0.1", port=port or self.redis_port, protocol=2)
        self._stack.push_async_callback(redis.aclose)
        return redis

    async def instance(
        self,
        *,
        pace: Pace | None = None,
        kept: int = 1000,
        poll_every_s: float = 3600,
        redis: Redis | None = None,
        door: Door | None = None,
    ) -> Instance:
        """Without polls, unless a test asks for them: so that it says what it means."""
        hub = Hub(DatabaseLog(self.database), kept=kept)
        listening = redis or self.redis()

        app = make_app(hub, door or self.door, {"database": self.database.ready}, pace or Pace())
        server = DrainingServer(server_config(app), hub, within_s=5)
        bound = socket.create_server(("127.0.0.1", 0), backlog=2048)

        async def run() -> None:
            async with alongside(hub, listening, poll_every_s):
                await server._serve([bound])  # not `serve`, which takes this process's signals

        instance = Instance(hub, f"ws://127.0.0.1:{bound.getsockname()[1]}", server, asyncio.create_task(run()))
        self._stack.push_async_callback(_stopped, instance)
        while not server.started:
            await asyncio.sleep(0)
        if redis is None:
            self._listening += 1
            await self._all_listen()
        return instance

    async def _all_listen(self) -> None:
        """A hint is for those who listen already."""
        redis = self.redis()
        while (await redis.pubsub_numsub(CHANNEL))[0][1] < self._listening:
            await asyncio.sleep(0.01)

    async def make_workspace(self, workspace: str) -> None:
        await self._execute(
            workspace,
            "INSERT INTO product.workspace (workspace_id, name, url_key, state, place_version)"
            " VALUES ($1, 'Acme', 'acme', 'confirmed', 1)",
        )
        await self._execute(
            workspace, "INSERT INTO product.project (workspace_id, id, name) VALUES ($1, $2, 'P')", PROJECT
        )

    async def write(self, title: str, *, workspace: str = WORKSPACE, operation: str | None = None) -> int:
        """One issue, by one transaction; the number of its change."""
        async with self.database.transaction("product_api") as connection:
            await connection.execute("SELECT set_config('product.workspace_id', $1, true)", workspace)
            await connection.execute("SELECT set_config('product.operation_id', $1, true)", operation or "")
            await connection.execute(
                "INSERT INTO product.issue (workspace_id, id, project_id, title) VALUES ($1, $2, $3, $4)",
                workspace, uuid4(), PROJECT, title,
            )  # fmt: skip
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            n: int = await connection.fetchval("SELECT n FROM product.change_head WHERE workspace_id = $1", workspace)
        return n

    async def change(self, title: str) -> int:
        """As the API does: the hint follows the commit."""
        n = await self.write(title)
        await self.hints.changed(WORKSPACE, n)
        return n

    async def _execute(self, workspace: str, sql: str, *arguments: object) -> None:
        async with self.database.transaction("product_api") as connection:
            await connection.execute("SELECT set_config('product.workspace_id', $1, true)", workspace)
            await connection.execute(sql, workspace, *arguments)


async def _stopped(instance: Instance) -> None:
    if not instance.running.done():
        await instance.stop()


@contextlib.contextmanager
def redis_server() -> Iterator[int]:
    """A Redis in a thread of this process; its port."""
    server = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
