"""Many clients, and instances that are killed while somebody writes: is a change lost, doubled or out of order?

    python -m tests.sync.chaos --clients 1000 --kills 60 --every 1      prints what happened as JSON

Instances are processes of the real program, which authenticates by the region's replica, since auth is not there.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from redis.asyncio import Redis
from websockets.exceptions import InvalidHandshake, WebSocketException

from kit.database import Database
from product.sync.hints import Hints
from product.tenant import last_change, transaction
from tests import postgres
from tests.postgres import Server, TestDatabase
from tests.processes import Program
from tests.product.conftest import LOGINS, fill
from tests.sync.bed import redis_server
from tests.sync.follower import Follower

WORKSPACES = 5
INSTANCES = 4
COME_BACK_WITHIN_S = 0.5
DONE_WITHIN_S = 120.0


@dataclass(frozen=True)
class Plan:
    """`writes` a kill, one after the other; `every_s` is waited for between kills, 0: as soon as they are written."""

    clients: int
    kills: int
    writes: int
    every_s: float = 0


@dataclass
class Outcome:
    clients: int
    kills: int = 0
    written: int = 0
    delivered: int = 0
    connections: int = 0
    seconds: float = 0
    faults: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)


@dataclass
class Workspace:
    id: str
    url_key: str
    token: str
    project: UUID
    n: int = 0


class Chaos:
    def __init__(self, plan: Plan, database: Database, hints: Hints, instances: list[Program]) -> None:
        self._plan, self._database, self._hints, self._instances = plan, database, hints, instances
        self._workspaces = [_workspace(number) for number in range(WORKSPACES)]
        self._chance = random.Random(1)
        self._written = asyncio.Event()
        self._begun: set[int] = set()
        self.outcome = Outcome(plan.clients)

    async def run(self, test_database: TestDatabase) -> Outcome:
        for workspace in self._workspaces:
            await self._make(workspace, test_database)
        began = time.monotonic()
        for instance in self._instances:
            await asyncio.to_thread(instance.wait)
        owners = itertools.cycle(self._workspaces)
        clients = [asyncio.create_task(self._follow(next(owners))) for _ in range(self._plan.clients)]
        while len(self._begun) < self._plan.clients:  # so that all of them live through all of it
            await asyncio.sleep(0.01)
        await self._write_and_kill()
        self._written.set()
        async with asyncio.timeout(DONE_WITHIN_S):
            followers = await asyncio.gather(*clients)
        self.outcome.seconds = round(time.monotonic() - began, 1)
        for follower, workspace in zip(followers, itertools.cycle(self._workspaces), strict=False):
            self._judge(follower, workspace)
        await self._compare(followers)
        return self.outcome

    async def _write_and_kill(self) -> None:
        victims = itertools.cycle(self._instances)
        for _ in range(self._plan.kills):
            due = time.monotonic() + self._plan.every_s
            for _ in range(self._plan.writes):
                await self._write(self._chance.choice(self._workspaces))
                await asyncio.sleep(self._plan.every_s / (self._plan.writes + 1))
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            victim = next(victims)
            await asyncio.to_thread(victim.kill)
            victim.start()
            self.outcome.kills += 1

    async def _write(self, workspace: Workspace) -> None:
        async with transaction(self._database, workspace.id) as connection:
            await connection.execute(
                "INSERT INTO product.issue (workspace_id, id, project_id, title) VALUES ($1, $2, $3, $4)",
                workspace.id, uuid4(), workspace.project, f"issue {self.outcome.written}",
            )  # fmt: skip
            workspace.n = await last_change(connection, workspace.id)
        self.outcome.written += 1
        if self._chance.random() < 0.9:  # a tenth of the hints is lost
            await self._hints.changed(workspace.id, workspace.n)

    async def _follow(self, workspace: Workspace) -> Follower:
        """A client, which comes back until it has all that was written."""
        follower = Follower("", {"Cookie": f"__Host-session={workspace.token}"})
        while not (self._written.is_set() and follower.position is not None and follower.position[1] >= workspace.n):
            follower.origin = f"ws://{self._chance.choice(self._instances).address}"
            try:
                await follower.connect(workspace=workspace.url_key)
                self.outcome.connections += 1
                await self._read(follower, workspace)
            except (WebSocketException, InvalidHandshake, OSError, TimeoutError) as error:
                self.outcome.ends[type(error).__name__] += 1
                await asyncio.sleep(self._chance.uniform(0, COME_BACK_WITHIN_S))
            except AssertionError as error:
                self.outcome.faults.append(str(error))
                return follower
        await follower.close()
        return follower

    async def _read(self, follower: Follower, workspace: Workspace) -> None:
        while follower.position is None or follower.position[1] < workspace.n or not self._written.is_set():
            reading = asyncio.create_task(follower.read())
            ended = asyncio.create_task(self._written.wait())
            await asyncio.wait([reading, ended], return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            if not reading.done() and follower.position is not None and follower.position[1] >= workspace.n:
                reading.cancel()
                return
            await reading
            self._begun.add(id(follower))

    def _judge(self, follower: Follower, workspace: Workspace) -> None:
        self.outcome.delivered += len(follower.numbers)
        if follower.snapshots != 1:
            self.outcome.faults.append(f"{follower.snapshots} snapshots")
        elif follower.numbers != list(range(follower.began + 1, workspace.n + 1)):
            self.outcome.faults.append(f"{workspace.id}: changes are lost, doubled or out of order")

    async def _compare(self, followers: list[Follower]) -> None:
        """What a client has in the end is what the database has."""
        for number, workspace in enumerate(self._workspaces):
            async with transaction(self._database, workspace.id, read_only=True) as connection:
                rows = await connection.fetch("SELECT id::text, to_jsonb(t) AS body FROM product.issue t")
            there = {("issue", row["id"]): row["body"] for row in rows}
            for follower in followers[number::WORKSPACES]:
                if {key: body for key, body in follower.records.items() if key[0] == "issue"} != there:
                    self.outcome.faults.append(f"{workspace.id}: a client ends with other records than the database")

    async def _make(self, workspace: Workspace, test_database: TestDatabase) -> None:
        account = f"ac_{workspace.url_key}"
        async with transaction(self._database, workspace.id) as connection:
            await connection.execute(
                "INSERT INTO product.workspace (workspace_id, name, url_key, state, place_version)"
                " VALUES ($1, $2, $2, 'confirmed', 1)", workspace.id, workspace.url_key,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO product.member (workspace_id, id, account_id, name, email, role)"
                " VALUES ($1, $2, $2, 'A', 'a@example.com', 'owner')", workspace.id, account,
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO product.project (workspace_id, id, name) VALUES ($1, $2, 'P')",
                workspace.id, workspace.project,
            )  # fmt: skip
            workspace.n = await last_change(connection, workspace.id)
        await test_database.execute(
            "INSERT INTO product.credential_replica (hash, id, kind, account_id) VALUES ($1, $2, 'cookie', $2)",
            sha256(workspace.token.encode()).hexdigest(), account,
        )  # fmt: skip
        await test_database.execute("UPDATE product.feed_state SET read_at = now()")


def _workspace(number: int) -> Workspace:
    letter = "abcde"[number]
    return Workspace(f"ws_{letter * 22}", f"space-{letter}", f"token-{letter}", UUID(int=number + 1))


async def chaos(plan: Plan, server: Server) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, ExitStack() as stack:
        test_database = await server.copy("product", fill)
        redis_port = stack.enter_context(redis_server())
        environment = {
            **test_database.environment(LOGINS["sync"]),
            "REGION": "here",
            "AUTH_URL": "http://127.0.0.1:9",  # discard: nobody is there
            "CACHE_HOST": "127.0.0.1",
            "CACHE_PORT": str(redis_port),
        }
        instances = [Program("product.sync", environment, Path(folder), f"sync-{n}") for n in range(INSTANCES)]
        for instance in instances:
            stack.callback(instance.kill)
            instance.start()
        database = await Database.open(test_database.settings(LOGINS["api"]))
        redis = Redis(host="127.0.0.1", port=redis_port, protocol=2)
        try:
            return await Chaos(plan, database, Hints(redis), instances).run(test_database)
        finally:
            await redis.aclose()
            await database.close()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--writes", type=int, default=10)
    parser.add_argument("--every", type=float, default=1.0)
    given = parser.parse_args(arguments)
    server = postgres.start()
    try:
        plan = Plan(clients=given.clients, kills=given.kills, writes=given.writes, every_s=given.every)
        outcome = asyncio.run(chaos(plan, server))
    finally:
        server.stop()
    sys.stdout.write(json.dumps(vars(outcome)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
