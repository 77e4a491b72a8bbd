"""Who may do what in a database: read from the catalogue, and tried.

rights = await granted(database, ["auth"])      every role x table x privilege that is granted, for a committed list
await try_everything(database, login, schemas)  each grant used and each refusal tried, as that login
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from kit.database import Connection
from kit.migrations import Schema
from tests.postgres import TestDatabase

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")

_TABLES = """
SELECT n.nspname AS schema, c.relname AS name, array_agg(a.attname ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
AND a.attidentity <> 'a'
WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, order=True)
class Attempt:
    """`column`: None where the privilege is of the whole table."""

    role: str
    schema: str
    table: str
    privilege: str
    column: str | None = None

    @property
    def statement(self) -> str:
        """Touches no row; fails for want of the privilege, or for nothing that says so."""
        target = f"{self.schema}.{self.table}"
        match self.privilege:
            case "SELECT":
                columns = f'"{self.column}"' if self.column else "*"
                return f"SELECT {columns} FROM {target} LIMIT 0"
            case "INSERT":
                columns = f' ("{self.column}") SELECT NULL' if self.column else " SELECT"
                return f"INSERT INTO {target}{columns} WHERE false"
            case "UPDATE":
                return f'UPDATE {target} SET "{self.column}" = DEFAULT WHERE false'
            case "DELETE":
                return f"DELETE FROM {target} WHERE false"
            case _:
                return f"TRUNCATE {target} CASCADE"


async def attempts(connection: Connection, schemas: Sequence[str], roles: Iterable[str]) -> list[tuple[Attempt, bool]]:
    """Each with what the catalogue says of it. Grants on columns stand where there is none on the table."""
    found: list[tuple[Attempt, bool]] = []
    for role in roles:
        for table in await connection.fetch(_TABLES, list(schemas)):
            for privilege in PRIVILEGES:
                found += await _attempts(connection, role, table, privilege)
    return found


async def _attempts(connection: Connection, role: str, table: Any, privilege: str) -> list[tuple[Attempt, bool]]:
    schema, name = table["schema"], table["name"]
    asked = (role, f'{schema}."{name}"', privilege)
    reached = await connection.fetchval("SELECT has_schema_privilege($1, $2, 'USAGE')", role, schema)
    whole = reached and await connection.fetchval("SELECT has_table_privilege($1, $2, $3)", *asked)
    if privilege in {"DELETE", "TRUNCATE"}:
        return [(Attempt(role, schema, name, privilege), whole)]
    by_column = [
        (
            Attempt(role, schema, name, privilege, column),
            reached and await connection.fetchval("SELECT has_column_privilege($1, $2, $4, $3)", *asked, column),
        )
        for column in table["columns"]
    ]
    if privilege == "UPDATE":
        return by_column
    if all(may == whole for _, may in by_column):
        return [(Attempt(role, schema, name, privilege), whole)]
    return by_column


async def granted(database: TestDatabase, schemas: Sequence[Schema]) -> list[str]:
    """`role table: PRIVILEGES`, a line a role and table; columns in brackets where not all are meant."""
    connection = await database.connect()
    try:
        lines: dict[tuple[str, str], dict[str, list[str]]] = {}
        widths = {f"{row[0]}.{row[1]}": row[2] for row in await connection.fetch(_TABLES, [s.name for s in schemas])}
        for schema in schemas:
            for attempt, may in await attempts(connection, [s.name for s in schemas], schema.roles):
                if may:
                    table = f"{attempt.schema}.{attempt.table}"
                    columns = lines.setdefault((attempt.role, table), {}).setdefault(attempt.privilege, [])
                    columns += [attempt.column] if attempt.column else []
    finally:
        await connection.close()
    return [
        f"{role} {table}: "
        + ", ".join(
            privilege if not columns or columns == widths[table] else f"{privilege} ({', '.join(columns)})"
            for privilege, columns in held.items()
        )
        for (role, table), held in sorted(lines.items())
    ]


def never(schema: Schema, table: str) -> list[str]:
    """What nobody who is not the owner may do, whatever was granted."""
    target = f"{schema.name}.{table}"
    return [
        f"SET ROLE {schema.owner}",
        f"ALTER TABLE {target} DISABLE TRIGGER ALL",
        f"ALTER TABLE {target} DISABLE TRIGGER no_truncate",
        f"DROP TRIGGER no_truncate ON {target}",
        f"TRUNCATE {target}",
        f"TRUNCATE {target} CASCADE",
        f"DROP TABLE {target} CASCADE",
        f"CREATE TABLE {schema.name}.mine (id int)",
        f"CREATE OR REPLACE FUNCTION {schema.name}.refuse_truncate() RETURNS trigger LANGUAGE sql AS ''",
        f"GRANT {schema.owner} TO CURRENT_USER",
        f"ALTER TABLE {target} OWNER TO CURRENT_USER",
        "SET session_replication_role = replica",
        "CREATE ROLE intruder",
        "CREATE TEMPORARY TABLE mine (id int)",
    ]


async def refused(connection: Connection, role: str | None, statement: str) -> bool:
    """Whether it is refused for want of a privilege. What else goes wrong with it is no refusal."""
    await connection.execute("BEGIN")
    try:
        if role is not None:
            await connection.execute(f"SET LOCAL ROLE {role}")
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    except asyncpg.PostgresError:
        return False
    else:
        return False
    finally:
        await connection.execute("ROLLBACK")


async def try_everything(
    database: TestDatabase, login: str, roles: Sequence[str], schemas: Sequence[Schema]
) -> tuple[int, int]:
    """As `login`, which may take exactly `roles`: uses each grant, tries each refusal; the numbers of both.

    Every role of the schemas that it may not take is refused, and so is all of `never`.
    """
    connection, names = await database.connect(login), [schema.name for schema in schemas]
    catalogue = await database.connect()
    used = tried = 0
    try:
        for schema in schemas:
            for role in (schema.owner, *schema.roles):
                assert await refused(connection, None, f"SET ROLE {role}") == (role not in roles), (login, role)
                tried += 1
        for attempt, may in await attempts(catalogue, names, roles):
            assert await refused(connection, attempt.role, attempt.statement) != may, (login, attempt, may)
            used, tried = used + may, tried + (not may)
            # A login that has set no role has no right, however many it may take.
            assert await refused(connection, None, attempt.statement), (login, attempt.statement)
        for schema in schemas:
            first = next(row["name"] for row in await catalogue.fetch(_TABLES, [schema.name]))
            for taken in (None, *roles):
                for statement in never(schema, first):
                    assert await refused(connection, taken, statement), (login, taken, statement)
                    tried += 1
    finally:
        await connection.close()
        await catalogue.close()
    return used, tried
