"""`POST /v1/route` of a real auth, on one core, before 200,000 credentials, at 1,000 questions a second.

Questions are sent when they are due, however long the answers to earlier ones take, and their time is counted from then
on: a stall is in the figures of all whom it delays. None is asked twice, as from behind the Worker's cache.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from auth.migrate import SCHEMA
from kit.migrations import migrate
from tests.postgres import MIGRATE, TestDatabase, start

CREDENTIALS = 200_000
ACCOUNTS = 50_000
PER_SECOND = 1_000
RUN_S = 8
RUNS = 3
CONNECTIONS = 64
_NEVER_MS = 60_000.0  # an answer that is none
TOKEN = "t" * 43
LOGIN = "auth-login"
SERVICES = Path(__file__).parents[2]
# Row triggers, which would number 200,000 entries of the feed, are left out: only the harness is superuser.
FILL = f"""
SET session_replication_role = replica;
INSERT INTO auth.account (id, email, region)
SELECT 'acc_' || lpad(n::text, 26, '0'), 'p' || n || '@example.com', 'eu-west' FROM generate_series(1, {ACCOUNTS}) AS n;
INSERT INTO auth.workspace (id, name, url_key, region, state, created_by)
SELECT 'ws_' || lpad(n::text, 26, '0'), 'W', 'w' || n, 'eu-west', 'confirmed', 'acc_' || lpad(n::text, 26, '0')
FROM generate_series(1, {ACCOUNTS}) AS n;
INSERT INTO auth.claim (kind, key, workspace_id, state) SELECT 'url-key', url_key, id, 'confirmed' FROM auth.workspace;
INSERT INTO auth.membership (id, workspace_id, account_id, role, name)
SELECT 'mem_' || lpad(n::text, 26, '0'), 'ws_' || lpad(n::text, 26, '0'), 'acc_' || lpad(n::text, 26, '0'), 'owner', 'P'
FROM generate_series(1, {ACCOUNTS}) AS n;
INSERT INTO auth.credential (id, kind, hash, account_id, expires_at)
SELECT 'cred_' || lpad(n::text, 26, '0'), 'cookie', sha256(('token-' || n)::bytea),
'acc_' || lpad((n % {ACCOUNTS} + 1)::text, 26, '0'), now() + interval '1 day'
FROM generate_series(1, {CREDENTIALS}) AS n;
ANALYZE;
"""


async def measured() -> dict[str, Any]:
    server = start()
    try:
        await server.login(LOGIN)
        await server.migrator()
        database = await server.create()
        await migrate(SCHEMA, database.settings(MIGRATE), {"auth": LOGIN})
        await database.execute(FILL)
        async with _auth(database) as (port, process):
            questions = iter(random.Random(1).sample(range(1, CREDENTIALS + 1), CREDENTIALS))
            await _run(port, questions, seconds=2)
            worked, runs = [_cpu_s(process)], []
            for _ in range(RUNS):
                runs.append(await _run(port, questions, seconds=RUN_S))
                worked.append(_cpu_s(process))
    finally:
        server.stop()
    return {
        "credentials": CREDENTIALS,
        "per_second": PER_SECOND,
        "cpu_ms": [(end - begin) * 1000 / len(run) for begin, end, run in zip(worked, worked[1:], runs, strict=False)],
        "p50_ms": [statistics.median(run) for run in runs],
        "p99_ms": [statistics.quantiles(run, n=100)[98] for run in runs],
        "unanswered": sum(took == _NEVER_MS for run in runs for took in run),
    }


@asynccontextmanager
async def _auth(database: TestDatabase) -> AsyncIterator[tuple[int, int]]:
    """`python -m auth` on the first core that this process may use; its port and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    core = min(os.sched_getaffinity(0))
    environment = {
        **os.environ,
        **database.environment(LOGIN),
        "PORT": str(port),
        "EVENTS_TOPIC": "projects/p/topics/t",
        "PUBSUB_EMULATOR_HOST": "127.0.0.1:1",
        "SIGNING_KEY": "a",
        "SIGNING_KEY_A": "A" * 43,
        "SIGNING_KEY_B": "B" * 42 + "A",
        "EDGE_TOKEN": TOKEN,
        "CALLERS": '{"api@eu-west.example": "eu-west"}',
        "AUDIENCE": "https://auth.example.com",
        "MAIL_HOST": "127.0.0.1",
        "MAIL_SENDER": "hello@example.com",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "auth"],
        cwd=SERVICES,
        env=environment,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 no thread runs yet
    )
    try:
        await _until_it_listens(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _cpu_s(process: int) -> float:
    """User and system time, fields 14 and 15 of proc_pid_stat(5)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise RuntimeError("auth did not start")


async def _run(port: int, questions: Iterator[int], seconds: int) -> list[float]:
    """Milliseconds of each answer, from when its question was due."""
    loop = asyncio.get_running_loop()
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await _Connection.open(port))
    took: list[float] = []

    async def ask(n: int, due: float) -> None:
        connection = await free.get()
        answered = await connection.ask(n)
        took.append((loop.time() - due) * 1000 if answered else _NEVER_MS)
        free.put_nowait(connection)

    began = loop.time() + 0.1
    tasks = []
    for number in range(PER_SECOND * seconds):
        due = began + number / PER_SECOND
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(ask(next(questions), due)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait().close()
    return took


class _Connection:
    """Kept alive, one question at a time. By hand: a client's own work would be a part of the figures."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> _Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, n: int) -> bool:
        """Whether it was answered: not where auth has given up on its database."""
        question = {
            "host": "app.example.com",
            "kind": "cookie",
            "credential": f"token-{n}",
            "workspace": "",
            "placement": "",
        }
        body = json.dumps(question)
        self._writer.write(
            f"POST /v1/route HTTP/1.1\r\nhost: auth\r\nauthorization: Bearer {TOKEN}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        (length,) = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        await self._reader.readexactly(int(length.partition(b":")[2]))
        return head.startswith(b"HTTP/1.1 200")

    def close(self) -> None:
        self._writer.close()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measured())))
