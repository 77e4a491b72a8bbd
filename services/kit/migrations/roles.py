"""The SQL that makes a schema's roles, and gives them to the logins of its accounts. Pure: text in, text out.

Run as the login that migrates, NOSUPERUSER CREATEROLE, who owns the database (on Cloud SQL through cloudsqlsuperuser).
Whoever makes a role holds ADMIN on it and can grant it to themselves, so that this login could undo the border: it
stops accidents, not intent. https://www.postgresql.org/docs/18/role-attributes.html (role creation)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .schema import Schema


def prepare(schema: Schema) -> str:
    """Roles and the schema itself. Can be run again and again."""
    name, owner, migrate = schema.name, schema.owner, schema.migrate
    everyone = ", ".join(schema.roles)
    made = "\n".join(_create_role(role) for role in (owner, *schema.roles))
    return f"""
{made}
GRANT {owner}, {migrate} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
DO $$ BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = '{name}') THEN
    CREATE SCHEMA {name} AUTHORIZATION {owner};
  END IF;
END $$;
SET LOCAL ROLE {owner};
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {migrate};
GRANT USAGE ON SCHEMA {name} TO {everyone};
RESET ROLE;
"""


def _create_role(role: str) -> str:
    return f"""DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{role}') THEN
    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS;
  END IF;
END $$;"""


def memberships(schema: Schema, logins: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """(role, login) as it should be. `logins`: account's key -> the user that logs in. Raises KeyError."""
    return sorted({(role, login) for account, login in logins.items() for role in schema.accounts[account]})


def grant(role: str, login: str) -> str:
    """INHERIT FALSE: a transaction that sets no role has no right."""
    return f"GRANT {role} TO {quoted(login)} WITH ADMIN FALSE, INHERIT FALSE, SET TRUE"


def revoke(role: str, login: str) -> str:
    return f"REVOKE {role} FROM {quoted(login)}"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# Logins, other than the one that asks, that are members of roles of a schema ($1: the roles).
MEMBERS = """
SELECT granted.rolname AS role, member.rolname AS login
FROM pg_catalog.pg_auth_members
JOIN pg_catalog.pg_roles granted ON granted.oid = roleid
JOIN pg_catalog.pg_roles member ON member.oid = pg_auth_members.member
WHERE granted.rolname = ANY ($1) AND member.rolname <> current_user
ORDER BY 1, 2
"""
