"""Migrates a database: rehearse, then do.

    await migrate(schema, settings, logins={"api": "api@project.iam"}, say=print)

Steps that were not run yet run in one transaction that is rolled back, and then in one that is committed; both count
the rows of each table before and after each step, and fail where a step that does not declare it (`-- loses:`) leaves
fewer. A step that cannot be rehearsed declares it, and divides the rest. Two at once wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import asyncpg
import httpx
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import Script
from alembic.script.revision import RevisionMap
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from kit.database import connect_arguments
from kit.settings import DatabaseSettings

from . import roles
from .border import REGIONAL_RULES, RULES, TABLES
from .schema import MIGRATE, Schema, Step

HELPERS = Path(__file__).with_name("helpers.sql")
_LOCK_TIMEOUT = "2s"
_WAIT_FOR_ANOTHER = "120s"
_TRIES = 5
Say = Callable[[str], None]


class MigrationError(Exception):
    """Nothing was changed, but for steps that cannot be rehearsed and those before them.

    MigrationError
      RowsWouldBeLost   a step leaves fewer rows than it says
      BorderBroken      the schema breaks rules of kit/migrations/border.py
      TableIsBusy       a lock was not to be had within two seconds
    """


class RowsWouldBeLost(MigrationError):
    def __init__(self, step: Step, lost: Mapping[str, tuple[int, int]]) -> None:
        self.step = step.title
        self.lost = lost
        what = "; ".join(f"{table}: {before} rows before, {after} after" for table, (before, after) in lost.items())
        super().__init__(
            f"{step.title} loses rows that it does not declare: {what}. Write `-- loses: TABLE` where it is meant"
        )


class BorderBroken(MigrationError):
    def __init__(self, broken: Mapping[str, Sequence[str]]) -> None:
        self.broken = broken
        super().__init__("; ".join(f"{rule}: {', '.join(where)}" for rule, where in broken.items()))


class TableIsBusy(MigrationError):
    def __init__(self, step: Step) -> None:
        self.step = step.title
        super().__init__(
            f"{step.title} did not get a lock within {_LOCK_TIMEOUT}: a long transaction holds a table that it "
            "changes, and requests would queue behind it. Nothing was changed; run it again when it is over"
        )


@dataclass(frozen=True, kw_only=True)
class Migrated:
    """What was done: the steps that were new, and the logins' roles that were given and taken."""

    steps: Sequence[str]
    granted: Sequence[tuple[str, str]]
    revoked: Sequence[tuple[str, str]]


async def migrate(
    schema: Schema, settings: DatabaseSettings, logins: Mapping[str, str], say: Say = lambda line: None
) -> Migrated:
    """Brings the schema to its last step and gives its roles to exactly these logins. Raises MigrationError."""
    wanted = roles.memberships(schema, logins)
    async with httpx.AsyncClient(timeout=5.0) as client:
        engine = _engine(settings, client)
        try:
            async with engine.connect() as connection:
                await _alone(connection, schema)
                await _prepare(connection, schema)
                done = await _steps(connection, schema, say)
                granted, revoked = await _grant(connection, schema, wanted)
        finally:
            await engine.dispose()
    return Migrated(steps=done, granted=granted, revoked=revoked)


def _engine(settings: DatabaseSettings, client: httpx.AsyncClient) -> AsyncEngine:
    arguments = connect_arguments(settings, client, "migrate")
    arguments["server_settings"] |= {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}

    async def connect(*_: object, **__: object) -> Any:
        return await asyncpg.connect(**arguments)

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, poolclass=NullPool, isolation_level="REPEATABLE READ"
    )


async def _alone(connection: AsyncConnection, schema: Schema) -> None:
    """Held to the end of the session."""
    await _run(connection, f"SET lock_timeout = '{_WAIT_FOR_ANOTHER}'")
    await _run(connection, f"SELECT pg_advisory_lock(hashtextextended('kit.migrations.{schema.name}', 0))")
    await _run(connection, f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
    await connection.commit()


async def _prepare(connection: AsyncConnection, schema: Schema) -> None:
    helpers = HELPERS.read_text(encoding="utf-8").replace("__schema__", schema.name).replace("__name__", schema.name)
    async with connection.begin():
        await _run(connection, roles.prepare(schema))
        await _run(connection, f"SET LOCAL ROLE {schema.owner}; {helpers}")


async def _steps(connection: AsyncConnection, schema: Schema, say: Say) -> list[str]:
    """Runs what is new, part by part, and gives the titles of it."""
    done: list[str] = []
    for part in _parts(schema.steps):
        if part[0].not_rehearsable is not None:
            done += await _outside(connection, schema, part[0], say)
            continue
        rehearsed = await _attempt(connection, schema, part, commit=False)
        if rehearsed:
            say(f"{schema.name}: rehearsed {', '.join(rehearsed)}")
            done += await _attempt(connection, schema, part, commit=True)
            say(f"{schema.name}: ran {', '.join(rehearsed)}")
    # Also where nothing was new: somebody may have changed the schema by hand.
    async with connection.begin() as transaction:
        await _check_border(connection, schema)
        await transaction.rollback()
    return done


def _parts(steps: Sequence[Step]) -> list[list[Step]]:
    """Neighbours that can be rehearsed together; each that cannot alone."""
    parts: list[list[Step]] = []
    for step in steps:
        together = parts and step.not_rehearsable is None and parts[-1][-1].not_rehearsable is None
        if together:
            parts[-1].append(step)
        else:
            parts.append([step])
    return parts


async def _attempt(connection: AsyncConnection, schema: Schema, part: Sequence[Step], *, commit: bool) -> list[str]:
    """One transaction with all of the part's new steps. It is REPEATABLE READ (`_engine`), so that rows which others
    write or delete meanwhile do not count; where a step changes such a row itself, it begins again."""
    for tries_left in reversed(range(_TRIES)):
        try:
            return await _transaction(connection, schema, part, commit=commit)
        except asyncpg.SerializationError:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


async def _transaction(connection: AsyncConnection, schema: Schema, part: Sequence[Step], *, commit: bool) -> list[str]:
    async with connection.begin() as transaction:
        await _run(connection, f"SET LOCAL ROLE {schema.owner}")
        done = await connection.run_sync(_upgrade, schema, part, _counted)
        if done:
            await _check_border(connection, schema)
        if not commit:
            await transaction.rollback()
    return done


async def _counted(connection: AsyncConnection, schema: Schema, step: Step) -> None:
    before = await _count(connection, schema)
    role = schema.migrate if step.run_as == MIGRATE else schema.owner
    try:
        await _run(connection, f"SET LOCAL ROLE {role}")
        await _run(connection, step.sql)
        await _run(connection, f"SET LOCAL ROLE {schema.owner}")
    except asyncpg.LockNotAvailableError as error:
        raise TableIsBusy(step) from error
    after = await _count(connection, schema)
    lost = {
        table: (rows, after.get(table, 0))
        for table, rows in before.items()
        if after.get(table, 0) < rows and table not in step.loses
    }
    if lost:
        raise RowsWouldBeLost(step, lost)


async def _count(connection: AsyncConnection, schema: Schema) -> dict[str, int]:
    raw = await _driver(connection)
    tables = [row["name"] for row in await raw.fetch(TABLES, schema.name)]
    return {table: await raw.fetchval(f"SELECT count(*) FROM {schema.name}.{roles.quoted(table)}") for table in tables}


async def _check_border(connection: AsyncConnection, schema: Schema) -> None:
    raw = await _driver(connection)
    rules = {**RULES, **(REGIONAL_RULES if schema.regional else {})}
    found = {rule: [row["broken"] for row in await raw.fetch(query, schema.name)] for rule, query in rules.items()}
    broken = {rule: where for rule, where in found.items() if where}
    if broken:
        raise BorderBroken(broken)


async def _outside(connection: AsyncConnection, schema: Schema, step: Step, say: Say) -> list[str]:
    """A step that no transaction takes. What an earlier try left half made (an index that is not valid) goes first."""
    async with connection.begin():
        await _run(connection, f"SET LOCAL ROLE {schema.owner}")
        if await connection.run_sync(_is_done, schema, step):
            return []
    say(f"{schema.name}: {step.title} cannot be rehearsed: {step.not_rehearsable}")
    raw: Any = (await connection.get_raw_connection()).driver_connection
    await raw.execute(f"SET ROLE {schema.owner}; SET lock_timeout = 0")
    try:
        for row in await raw.fetch(_HALF_MADE, schema.name):
            await raw.execute(f"DROP INDEX CONCURRENTLY {row['name']}")
        await raw.execute(step.sql)
    finally:
        await raw.execute(f"RESET ROLE; SET lock_timeout = '{_LOCK_TIMEOUT}'")
    async with connection.begin():
        await _run(connection, f"SET LOCAL ROLE {schema.owner}")
        await connection.run_sync(_upgrade, schema, [step], _already_run)
    say(f"{schema.name}: ran {step.title}")
    return [step.title]


_HALF_MADE = """
SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND NOT x.indisvalid
"""


async def _already_run(connection: AsyncConnection, schema: Schema, step: Step) -> None:
    """The step ran outside; here it is noted."""


Runner = Callable[[AsyncConnection, Schema, Step], Any]


def _upgrade(connection: Connection, schema: Schema, part: Sequence[Step], runner: Runner) -> list[str]:
    """Alembic's part: which steps are new, in which order, and the note that they ran (SCHEMA.alembic_version)."""
    done: list[str] = []
    scripts = _scripts(schema, runner, done)
    revisions = RevisionMap(lambda: scripts)

    def new(heads: Any, _: MigrationContext) -> list[Any]:
        if heads and int(heads[0]) >= int(part[-1].revision):
            return []
        path = revisions.iterate_revisions(part[-1].revision, heads, implicit_base=True)
        return [MigrationStep.upgrade_from_script(revisions, cast(Script, script)) for script in reversed(list(path))]

    context = _context(connection, schema, new)
    with Operations.context(context):
        context.run_migrations()
    _declare_version_table(connection, schema)
    return done


def _is_done(connection: Connection, schema: Schema, step: Step) -> bool:
    heads = _context(connection, schema, None).get_current_heads()
    return bool(heads) and int(heads[0]) >= int(step.revision)


def _context(connection: Connection, schema: Schema, new: Any) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"fn": new, "version_table_schema": schema.name})


def _declare_version_table(connection: Connection, schema: Schema) -> None:
    connection.exec_driver_sql(f"SELECT {schema.name}.declare_table('alembic_version', 'global', audited => false)")
    connection.exec_driver_sql(f"REVOKE INSERT, UPDATE, DELETE ON {schema.name}.alembic_version FROM {schema.migrate}")


def _scripts(schema: Schema, runner: Runner, done: list[str]) -> list[Script]:
    scripts = []
    for before, step in zip((None, *schema.steps), schema.steps, strict=False):
        module = ModuleType(step.title)
        module.__dict__["down_revision"] = before and before.revision
        module.__dict__["upgrade"] = _upgrader(schema, step, runner, done)
        scripts.append(Script(module, step.revision, step.title))
    return scripts


def _upgrader(schema: Schema, step: Step, runner: Runner, done: list[str]) -> Callable[[], None]:
    def upgrade() -> None:
        from alembic import op

        op.run_async(runner, schema, step)
        done.append(step.title)

    return upgrade


async def _grant(
    connection: AsyncConnection, schema: Schema, wanted: Sequence[tuple[str, str]]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Exactly those who are named: who logged in as somebody else before loses it with this release."""
    async with connection.begin():
        raw = await _driver(connection)
        rows = await raw.fetch(roles.MEMBERS, [schema.owner, *schema.roles])
        held = {(row["role"], row["login"]) for row in rows}
        granted, revoked = sorted(set(wanted) - held), sorted(held - set(wanted))
        for role, login in revoked:
            await raw.execute(roles.revoke(role, login))
        for role, login in wanted:
            await raw.execute(roles.grant(role, login))
        database = roles.quoted(await raw.fetchval("SELECT current_database()"))
        for login in sorted({login for _, login in wanted}):
            await raw.execute(f"GRANT CONNECT ON DATABASE {database} TO {roles.quoted(login)}")
    return granted, revoked


async def _driver(connection: AsyncConnection) -> Any:
    """asyncpg's own connection, inside of SQLAlchemy's transaction (which begins with its first statement)."""
    await connection.exec_driver_sql("SELECT")
    return (await connection.get_raw_connection()).driver_connection


async def _run(connection: AsyncConnection, sql: str) -> None:
    """Several statements at once, which SQLAlchemy cannot."""
    await (await _driver(connection)).execute(sql)
