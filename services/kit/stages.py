"""Three stages of taking auth's data out of the product's database, as one setting (`STAGE`).

    one-login      one database, one login that may take the roles of both services: the border is a convention
    two-logins     one database, a login an account: the database holds the border
    own-database   a database each

The code is the same in all of them: each transaction sets its role (kit/database.py). When a program opens its
database it checks that this is as far as the setting says, so that nobody believes in a border that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from .settings import Stage


class StageMismatch(Exception):
    """The database allows more than the stage says. `found`: roles that the login may take, `schema NAME` beside it."""

    def __init__(self, stage: Stage, found: Sequence[str]) -> None:
        self.stage, self.found = stage, tuple(found)
        super().__init__(f"STAGE is {stage}, which does not allow this login: {', '.join(found)}")


_OWNER_REACHED = """
SELECT rolname AS found FROM pg_catalog.pg_roles
WHERE rolname = $1 || '_owner' AND pg_catalog.pg_has_role(session_user, oid, 'MEMBER')
"""
# A service's schema is owned by the role of its name.
_OTHERS = """
SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_roles o ON o.oid = n.nspowner AND o.rolname = n.nspname || '_owner'
WHERE n.nspname <> $1
"""
_ROLES_REACHED = f"""
SELECT r.rolname AS found FROM pg_catalog.pg_roles r CROSS JOIN ({_OTHERS}) AS others
WHERE pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
AND pg_catalog.has_schema_privilege(r.oid, others.oid, 'USAGE') ORDER BY 1
"""
_SCHEMAS_FOUND = f"SELECT 'schema ' || nspname AS found FROM ({_OTHERS}) AS others ORDER BY 1"


async def verify(connection: asyncpg.Connection, schema: str, stage: Stage) -> None:
    """For the login of this connection, of the service that has this schema. Raises StageMismatch."""
    queries = [_OWNER_REACHED]
    if stage is not Stage.ONE_LOGIN:
        queries.append(_ROLES_REACHED)
    if stage is Stage.OWN_DATABASE:
        queries.append(_SCHEMAS_FOUND)
    found = [row["found"] for query in queries for row in await connection.fetch(query, schema)]
    if found:
        raise StageMismatch(stage, found)
