"""Steps are rehearsed and counted; a schema that breaks the border is not committed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from kit.migrations import BorderBroken, Migrated, RowsWouldBeLost, Schema, StepError, TableIsBusy, migrate
from kit.migrations.schema import Step, read_steps
from tests.postgres import MIGRATE, Server, TestDatabase, running

from .sample import SHOP

FIRST = """
CREATE TABLE depot.box (id text PRIMARY KEY); SELECT depot.make_audit(); SELECT depot.declare_table('box', 'global');
INSERT INTO depot.box SELECT n::text FROM generate_series(1, 10) n;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One of its own: roles are a server's, and migrations here take them from the logins of others' databases."""
    with running() as own:
        yield own


def depot(*steps: str, **last: object) -> Schema:
    """A schema with these steps, of which the last has these fields."""
    made = [Step(revision=f"{n:04}", name="step", sql=sql) for n, sql in enumerate(steps, 1)]
    if last:
        made[-1] = Step(**{**vars(made[-1]), **last})
    return Schema(name="depot", accounts={"api": ("depot_api",)}, steps=made)


async def run(database: TestDatabase, schema: Schema, logins: Mapping[str, str] | None = None) -> Migrated:
    return await migrate(schema, database.settings(MIGRATE), logins or {})


async def boxes(database: TestDatabase) -> int:
    return int((await database.fetch("SELECT count(*) FROM depot.box"))[0][0])


async def test_steps_run_once_and_in_order(empty_database: TestDatabase) -> None:
    more = "ALTER TABLE depot.box ADD COLUMN size integer"
    assert (await run(empty_database, depot(FIRST))).steps == ["0001_step"]
    assert (await run(empty_database, depot(FIRST, more))).steps == ["0002_step"]
    assert (await run(empty_database, depot(FIRST, more))).steps == []
    assert await boxes(empty_database) == 10


async def test_an_older_release_finds_nothing_to_do(empty_database: TestDatabase) -> None:
    await run(empty_database, depot(FIRST, "ALTER TABLE depot.box ADD COLUMN size integer"))
    assert (await run(empty_database, depot(FIRST))).steps == []


@pytest.mark.parametrize("losing", ["DELETE FROM depot.box WHERE id = '1'", "DROP TABLE depot.box"])
async def test_a_step_that_loses_rows_says_so_or_changes_nothing(empty_database: TestDatabase, losing: str) -> None:
    await run(empty_database, depot(FIRST))
    with pytest.raises(RowsWouldBeLost) as refused:
        await run(empty_database, depot(FIRST, losing))
    assert refused.value.step == "0002_step"
    assert list(refused.value.lost) == ["box"]
    assert await boxes(empty_database) == 10
    declared = await run(empty_database, depot(FIRST, losing, loses=frozenset({"box"})))
    assert declared.steps == ["0002_step"]


async def test_rows_that_a_cascade_takes_are_counted_too(server: Server, empty_database: TestDatabase) -> None:
    child = """CREATE TABLE depot.thing (id text PRIMARY KEY, box text REFERENCES depot.box ON DELETE CASCADE);
               SELECT depot.declare_table('thing', 'global'); INSERT INTO depot.thing VALUES ('a', '1'), ('b', '1')"""
    await run(empty_database, depot(FIRST, child))
    with pytest.raises(RowsWouldBeLost) as refused:
        losing = depot(FIRST, child, "DELETE FROM depot.box WHERE id = '1'", loses=frozenset({"box"}))
        await run(empty_database, losing)
    assert refused.value.lost == {"thing": (2, 0)}


@pytest.mark.parametrize("target", ["depot.box", "depot.parent CASCADE", "ONLY depot.box"])
async def test_truncate_is_refused_in_a_migration_also_by_cascade(empty_database: TestDatabase, target: str) -> None:
    parent = """CREATE TABLE depot.parent (id text PRIMARY KEY); SELECT depot.declare_table('parent', 'global');
                ALTER TABLE depot.box ADD COLUMN parent text REFERENCES depot.parent"""
    await run(empty_database, depot(FIRST, parent))
    truncating = depot(FIRST, parent, f"TRUNCATE {target}", loses=frozenset({"box"}))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"TRUNCATE of depot\.\w+ is refused"):
        await run(empty_database, truncating)
    assert await boxes(empty_database) == 10


async def test_a_guard_fires_for_the_table_that_a_cascade_reaches(empty_database: TestDatabase) -> None:
    """Also where somebody took the guard of the first table away."""
    parent = """CREATE TABLE depot.parent (id text PRIMARY KEY); SELECT depot.declare_table('parent', 'global');
                ALTER TABLE depot.box ADD COLUMN parent text REFERENCES depot.parent"""
    await run(empty_database, depot(FIRST, parent))
    await empty_database.execute("DROP TRIGGER no_truncate ON depot.parent")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"TRUNCATE of depot\.box is refused"):
        await empty_database.execute("TRUNCATE depot.parent CASCADE")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"TRUNCATE of depot\.box is refused"):
        await empty_database.execute("SET session_replication_role = replica; TRUNCATE depot.parent CASCADE")
    with pytest.raises(BorderBroken):
        await run(empty_database, depot(FIRST, parent))


async def test_rows_are_changed_as_a_role_that_can_change_no_table(empty_database: TestDatabase) -> None:
    await run(empty_database, depot(FIRST))
    for refused in ("ALTER TABLE depot.box ADD COLUMN x int", "DELETE FROM depot.audit", "TRUNCATE depot.box"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(empty_database, depot(FIRST, refused, run_as="migrate"))
    await run(empty_database, depot(FIRST, "UPDATE depot.box SET id = 'x' WHERE id = '1'", run_as="migrate"))


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("CREATE TABLE depot.x (id int)", "x"),
        ("ALTER TABLE depot.box DISABLE TRIGGER audit_delete", "box.audit_delete"),
        ("ALTER TABLE depot.box ENABLE TRIGGER no_truncate", "box"),
        ("GRANT TRUNCATE ON depot.box TO depot_api", "box: TRUNCATE to depot_api"),
        ("GRANT SELECT ON depot.box TO PUBLIC", "box: SELECT to PUBLIC"),
        ("GRANT SELECT (id) ON depot.box TO PUBLIC", "box.id: SELECT to PUBLIC"),
        ("CREATE VIEW depot.seen AS SELECT 1 AS x; GRANT SELECT ON depot.seen TO PUBLIC", "seen: SELECT to PUBLIC"),
        ("GRANT SELECT ON depot.box TO depot_api WITH GRANT OPTION", "box: SELECT to depot_api"),
        ("CREATE FUNCTION depot.f() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'", "f"),
        ("GRANT EXECUTE ON FUNCTION depot.audit_delete TO PUBLIC", "audit_delete"),
    ],
)
async def test_what_breaks_the_border_is_not_committed(empty_database: TestDatabase, sql: str, broken: str) -> None:
    with pytest.raises(BorderBroken) as refused:
        await run(empty_database, depot(FIRST, sql))
    assert broken in [where for places in refused.value.broken.values() for where in places]
    assert await empty_database.fetch("SELECT FROM pg_tables WHERE schemaname = 'depot'") == []


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("ALTER TABLE shop.customer ADD CONSTRAINT one_name UNIQUE (name)", "customer.one_name"),
        (
            """CREATE TABLE shop.x (workspace_id text, id text, PRIMARY KEY (id));
               SELECT shop.declare_table('x', 'workspace')""",
            "x.x_pkey",
        ),
        (
            """CREATE TABLE shop.y (workspace_id text, id text UNIQUE);
               SELECT shop.declare_table('y', 'workspace', audited => false)""",
            "y",
        ),
    ],
)
async def test_keys_of_a_region_begin_with_the_workspace(both: TestDatabase, sql: str, broken: str) -> None:
    more = Step(revision="0002", name="more", sql=sql)
    with pytest.raises(BorderBroken) as refused:
        await run(both, Schema(**{**vars(SHOP), "steps": [*SHOP.steps, more]}))
    assert broken in [where for places in refused.value.broken.values() for where in places]


async def test_a_table_that_somebody_holds_is_not_waited_for(empty_database: TestDatabase) -> None:
    await run(empty_database, depot(FIRST))
    holder = await empty_database.connect()
    await holder.execute("BEGIN; SELECT count(*) FROM depot.box")
    try:
        with pytest.raises(TableIsBusy) as refused:
            await run(empty_database, depot(FIRST, "ALTER TABLE depot.box ADD COLUMN size integer"))
        assert refused.value.step == "0002_step"
    finally:
        await holder.close()


async def test_two_jobs_at_once_run_each_step_once(empty_database: TestDatabase) -> None:
    done = await asyncio.gather(*(run(empty_database, depot(FIRST)) for _ in range(3)))
    assert sorted(len(migrated.steps) for migrated in done) == [0, 0, 1]


async def test_a_row_that_somebody_changes_meanwhile_is_no_failure(empty_database: TestDatabase) -> None:
    await run(empty_database, depot(FIRST, "ALTER TABLE depot.box ADD COLUMN size integer NOT NULL DEFAULT 0"))
    step = "UPDATE depot.box SET size = size + 1"
    schema = depot(FIRST, "ALTER TABLE depot.box ADD COLUMN size integer NOT NULL DEFAULT 0", step, run_as="migrate")
    somebody = await empty_database.connect()
    await somebody.execute("BEGIN; UPDATE depot.box SET size = 10 WHERE id = '1'")
    job = asyncio.create_task(run(empty_database, schema))
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while not (await empty_database.fetch(waits))[0][0]:
        pass
    await somebody.execute("COMMIT")
    await somebody.close()
    assert (await job).steps == ["0003_step"]
    rows = await empty_database.fetch("SELECT size, count(*) FROM depot.box GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in rows] == [(1, 9), (11, 1)]


async def test_a_concurrent_index_is_declared_and_made_again_after_a_failure(empty_database: TestDatabase) -> None:
    await run(empty_database, depot(FIRST, "ALTER TABLE depot.box ADD COLUMN size integer NOT NULL DEFAULT 1"))
    index = "CREATE UNIQUE INDEX CONCURRENTLY box_size ON depot.box (size)"
    schema = depot(
        FIRST,
        "ALTER TABLE depot.box ADD COLUMN size integer NOT NULL DEFAULT 1",
        index,
        not_rehearsable="CREATE INDEX CONCURRENTLY",
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await run(empty_database, schema)
    await empty_database.execute("UPDATE depot.box SET size = id::int")
    assert (await run(empty_database, schema)).steps == ["0003_step"]
    assert (await run(empty_database, schema)).steps == []
    assert await empty_database.fetch("SELECT FROM pg_index WHERE NOT indisvalid") == []


async def test_logins_get_exactly_the_roles_of_their_account(server: Server, empty_database: TestDatabase) -> None:
    for login in ("depot-old", "depot-new"):
        await server.login(login)
    assert (await run(empty_database, depot(FIRST), {"api": "depot-old"})).granted == [("depot_api", "depot-old")]
    changed = await run(empty_database, depot(FIRST), {"api": "depot-new"})
    assert changed.granted == [("depot_api", "depot-new")]
    assert changed.revoked == [("depot_api", "depot-old")]


async def test_a_role_that_was_let_into_the_owner_is_put_out(empty_database: TestDatabase) -> None:
    await run(empty_database, depot(FIRST))
    await empty_database.execute("GRANT depot_owner TO depot_api", user=MIGRATE)
    assert (await run(empty_database, depot(FIRST))).revoked == [("depot_owner", "depot_api")]


async def test_the_job_migrates_by_its_environment(
    server: Server, empty_database: TestDatabase, capfd: pytest.CaptureFixture[str]
) -> None:
    await server.login("job-api")
    environment = {
        "PATH": "/usr/bin:/bin",
        **empty_database.environment(MIGRATE),
        "DATABASE_ACCOUNTS": '{"api": "job-api", "a workload without the database": "nobody-here"}',
    }
    command = (sys.executable, "-m", "product.migrate")
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=Path(__file__).resolve().parents[2])
    assert await process.wait() == 0
    written = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert (written[-1]["message"], written[-1]["granted"]) == ("migrated", 1)
    assert await empty_database.fetch("SELECT FROM product.workspace") == []


def test_steps_are_numbered_without_a_gap(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("steps")
    (folder / "0001_a.sql").write_text("-- as: migrate\n-- loses: a, b\nSELECT 1;\n-- as: owner\n")
    assert read_steps(folder)[0].run_as == "migrate"
    assert read_steps(folder)[0].loses == {"a", "b"}
    (folder / "0003_c.sql").write_text("SELECT 1")
    with pytest.raises(StepError, match="0002 is missing"):
        read_steps(folder)
    (folder / "0002_b.sql").write_text("-- as: root\nSELECT 1")
    with pytest.raises(StepError, match="neither owner nor migrate"):
        read_steps(folder)
