"""The database: a pool, and transactions that run as a role.

    database = await Database.open(settings, schema="auth")
    async with database.transaction("auth_api") as connection:
        await connection.fetchrow("SELECT ... FROM auth.workspace WHERE id = $1", id)

The role is set with SET LOCAL in each transaction and ends with it, so that a connection in the pool has no state that
could reach the next one. `search_path` is empty: SQL names its schema.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Literal, Self, TypeAlias

import asyncpg
import httpx

from . import stages
from .metadata import MetadataServer
from .settings import DatabaseSettings

Connection: TypeAlias = asyncpg.Connection
Password: TypeAlias = str | Callable[[], Awaitable[str]]

Isolation: TypeAlias = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]

_ROLE = re.compile(r"[a-z][a-z_]*")
_SETTING = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_IDLE_S = 300.0


class Database:
    """A pool of connections of one login. Made by `open`, ended by `close`."""

    def __init__(self, pool: asyncpg.Pool, client: httpx.AsyncClient | None) -> None:
        self._pool = pool
        self._client = client

    @classmethod
    async def open(cls, settings: DatabaseSettings, application: str = "", *, schema: str = "") -> Self:
        """Connects once, so that a wrong setting shows at the start.

        `schema`: the service's; its border must be what `settings.stage` says. Raises StageMismatch,
        asyncpg.PostgresError, OSError.
        """
        client = None if settings.database_password is not None else httpx.AsyncClient(timeout=5.0)
        try:
            pool = await asyncpg.create_pool(
                **connect_arguments(settings, client, application),
                min_size=1,
                max_size=settings.database_pool,
                max_inactive_connection_lifetime=_IDLE_S,
                init=use_json,
                reset=_nothing_to_reset,
            )
        except BaseException:
            if client is not None:
                await client.aclose()
            raise
        database = cls(pool, client)
        if schema:
            try:
                async with pool.acquire() as connection:
                    await stages.verify(connection, schema, settings.stage)
            except BaseException:
                await database.close()
                raise
        return database

    async def close(self) -> None:
        await self._pool.close()
        if self._client is not None:
            await self._client.aclose()

    @asynccontextmanager
    async def transaction(
        self,
        role: str,
        *,
        read_only: bool = False,
        isolation: Isolation = "READ COMMITTED",
        local: Mapping[str, str] = MappingProxyType({}),
    ) -> AsyncIterator[Connection]:
        """A transaction as `role`, of which the login must be a member. Committed at the end, rolled back by an error.

        `local`: settings that end with it (`kit.origin`, or a service's own that its policies read). All of it is one
        round trip, which asyncpg's own transactions cannot do; use `savepoint` for an inner one.
        """
        begin = "; ".join(
            [
                f"BEGIN ISOLATION LEVEL {isolation}{' READ ONLY' if read_only else ''}",
                f"SET LOCAL ROLE {_name(role, _ROLE)}",
                *(f"SET LOCAL {_name(name, _SETTING)} = {_literal(value)}" for name, value in local.items()),
            ]
        )
        async with self._pool.acquire() as connection:
            try:
                await connection.execute(begin)
                yield connection
            except BaseException:
                if not connection.is_closed() and connection.is_in_transaction():
                    await connection.execute("ROLLBACK")
                raise
            else:
                await connection.execute("COMMIT")

    async def ready(self) -> bool:
        """Whether the database answers a query, within two seconds."""
        try:
            async with self._pool.acquire(timeout=2.0) as connection:
                return bool(await connection.fetchval("SELECT 1", timeout=2.0) == 1)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False


def _name(given: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(given):
        raise ValueError(f"not a name: {given!r}")
    return given


def _literal(value: str) -> str:
    """SET takes no parameters. In it a quote is the only sign that means something."""
    if "\0" in value:
        raise ValueError("PostgreSQL's texts have no NUL")
    return "'" + value.replace("'", "''") + "'"


@asynccontextmanager
async def savepoint(connection: Connection, name: str = "part") -> AsyncIterator[None]:
    """What fails inside is undone, and the transaction goes on."""
    await connection.execute(f"SAVEPOINT {name}")
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute(f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")
        raise
    await connection.execute(f"RELEASE SAVEPOINT {name}")


def connect_arguments(
    settings: DatabaseSettings, client: httpx.AsyncClient | None, application: str = ""
) -> dict[str, Any]:
    """What asyncpg.connect is given. Without a password in the settings, `client` fetches tokens."""
    return {
        "host": settings.database_host,
        "port": settings.database_port,
        "database": settings.database_name,
        "user": settings.database_user,
        "password": _password(settings, client),
        "ssl": _encryption(settings),
        "timeout": 10.0,
        "server_settings": {
            "application_name": application or "regionctl",
            "search_path": "",
            "standard_conforming_strings": "on",  # `_literal` counts on it
            "timezone": "UTC",
            "statement_timeout": str(settings.statement_timeout_ms),
            "idle_in_transaction_session_timeout": "60000",
            # asyncpg's own queries about types are slow with it: asyncpg's FAQ and issue tracker say so.
            "jit": "off",
        },
    }


def _encryption(settings: DatabaseSettings) -> ssl.SSLContext | Literal["require", False]:
    """Where certificates are given, what PostgreSQL's clients call verify-ca: Cloud SQL's name an instance and no host,
    and its authority is this instance's own. https://cloud.google.com/sql/docs/postgres/configure-ssl-instance"""
    if not settings.database_ca_certificates:
        return False if settings.database_is_local else "require"
    context = ssl.create_default_context(cadata=settings.database_ca_certificates)
    context.check_hostname = False
    return context


def _password(settings: DatabaseSettings, client: httpx.AsyncClient | None) -> Password:
    if settings.database_password is not None:
        return settings.database_password.get_secret_value()
    if client is None:
        raise ValueError("a login without a password needs a client for the metadata server")
    # asyncpg asks for it at each new connection, so that a token that expired is never shown.
    return MetadataServer(client).access_token


async def use_json(connection: Connection) -> None:
    """json and jsonb are Python's values, both ways."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _nothing_to_reset(connection: Connection) -> None:
    """asyncpg has rolled back by now what was left open (PoolConnectionHolder.release, Connection._reset)."""
