"""What must hold of a schema when its steps have run, read from the catalogue. Each query gives what breaks a rule."""

from __future__ import annotations

from collections.abc import Mapping

TABLES = """
SELECT relname AS name FROM pg_catalog.pg_class
WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'p') ORDER BY 1
"""

_HERE = "pg_catalog.pg_class c WHERE c.relnamespace = $1::text::regnamespace AND c.relkind"
_TABLE = f"{_HERE} IN ('r', 'p')"
_RELATION = f"{_HERE} IN ('r', 'p', 'v', 'm', 'f', 'S')"
_SCOPE = "pg_catalog.obj_description(c.oid, 'pg_class')"

# Rule -> query with $1 the schema; each row's `broken` says where.
RULES: Mapping[str, str] = {
    "every table says its scope: SELECT SCHEMA.declare_table(TABLE, SCOPE)": f"""
        SELECT c.relname AS broken FROM {_TABLE}
        AND coalesce({_SCOPE}, '') !~ '^scope: (workspace|global|ephemeral)$'""",
    "every table refuses TRUNCATE, always": f"""
        SELECT c.relname AS broken FROM {_TABLE} AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'no_truncate' AND t.tgenabled = 'A'
        )""",
    "no trigger of a table is switched off": """
        SELECT c.relname || '.' || t.tgname AS broken FROM pg_catalog.pg_trigger t
        JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = $1::text::regnamespace AND NOT t.tgisinternal AND t.tgenabled NOT IN ('A', 'O')""",
    "the owner's role owns everything": f"""
        SELECT c.relname AS broken FROM {_RELATION}
        AND pg_catalog.pg_get_userbyid(c.relowner) <> $1::text || '_owner'""",
    "nobody but the owner may TRUNCATE or pass a right on, and nothing is granted to everybody": f"""
        SELECT c.relname || ': ' || a.privilege_type || ' to ' || coalesce(r.rolname, 'PUBLIC') AS broken
        FROM (
          SELECT c.relname, c.relowner, c.relacl AS acl FROM {_RELATION}
          UNION ALL
          SELECT c.relname || '.' || attname, c.relowner, attacl
          FROM (SELECT * FROM {_RELATION}) c JOIN pg_catalog.pg_attribute ON attrelid = c.oid
        ) c
        CROSS JOIN pg_catalog.aclexplode(c.acl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
        WHERE a.grantee <> c.relowner
        AND (a.privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN')
             OR a.grantee = 0 OR a.is_grantable)""",
    "no function is open to everybody, and those with the owner's rights have an empty search_path": """
        SELECT p.proname AS broken FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = $1::text::regnamespace AND (
          p.proacl IS NULL OR EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) a WHERE a.grantee = 0)
          OR p.prosecdef AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=""'])""",
    "nothing refers to another schema": """
        SELECT conname AS broken FROM pg_catalog.pg_constraint con
        JOIN pg_catalog.pg_class there ON there.oid = con.confrelid
        WHERE con.connamespace = $1::text::regnamespace AND there.relnamespace <> $1::text::regnamespace""",
}

# Where rows of workspaces can move.
REGIONAL_RULES: Mapping[str, str] = {
    "every key of a table of workspaces begins with workspace_id": f"""
        SELECT c.relname || '.' || i.relname AS broken FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisunique
        JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
        WHERE c.oid IN (SELECT c.oid FROM {_TABLE}) AND {_SCOPE} = 'scope: workspace'
        AND a.attname IS DISTINCT FROM 'workspace_id'""",
    "every table of workspaces has a primary key": f"""
        SELECT c.relname AS broken FROM {_TABLE} AND {_SCOPE} = 'scope: workspace' AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_index x WHERE x.indrelid = c.oid AND x.indisprimary)""",
    "references between tables of workspaces go within a workspace": f"""
        SELECT con.conname AS broken FROM pg_catalog.pg_constraint con
        JOIN pg_catalog.pg_class c ON c.oid = con.conrelid
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = con.conkey[1]
        WHERE con.contype = 'f' AND con.connamespace = $1::text::regnamespace AND {_SCOPE} = 'scope: workspace'
        AND a.attname IS DISTINCT FROM 'workspace_id'""",
}
