"""What the tables hold to by themselves, whoever writes: change log, audit, outbox, one workspace a transaction."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from kit.database import Connection, Database
from product.tenant import last_change, transaction
from tests.postgres import TestDatabase

A, B = "ws_" + "A" * 22, "ws_" + "B" * 22


async def found(api: Database, workspace: str) -> UUID:
    """A confirmed workspace with a member and a project."""
    project = uuid4()
    async with transaction(api, workspace, account_id="ac_1") as connection:
        await connection.execute(
            "INSERT INTO product.workspace (workspace_id, name, url_key, state, place_version) "
            "VALUES ($1, 'Acme', lower($1), 'confirmed', 1)",
            workspace,
        )
        await connection.execute(
            "INSERT INTO product.member (workspace_id, id, account_id, name, email, role) "
            "VALUES ($1, 'mb_1', 'ac_1', 'Ada', 'ada@example.com', 'owner')",
            workspace,
        )
        await connection.execute(
            "INSERT INTO product.project (workspace_id, id, name) VALUES ($1, $2, 'P')", workspace, project
        )
    return project


async def add_issues(connection: Connection, workspace: str, project: UUID, count: int) -> None:
    await connection.execute(
        "INSERT INTO product.issue (workspace_id, id, project_id, title, assignee_id) "
        "SELECT $1, gen_random_uuid(), $2, 'issue ' || i, 'mb_1' FROM generate_series(1, $3) i",
        workspace,
        project,
        count,
    )


async def changes(database: TestDatabase, workspace: str) -> list[Any]:
    return await database.fetch("SELECT * FROM product.change WHERE workspace_id = $1 ORDER BY n", workspace)


async def test_every_change_has_a_number_of_its_workspace_without_gaps(api: Database, database: TestDatabase) -> None:
    project = await found(api, A)
    await found(api, B)
    async with transaction(api, A, account_id="ac_1", operation_id="operation-1") as connection:
        await add_issues(connection, A, project, 3)
        await connection.execute("UPDATE product.issue SET status = 'done'")
        head = await last_change(connection, A)
    async with transaction(api, A) as connection:
        await connection.execute("DELETE FROM product.project WHERE id = $1", project)

    logged = await changes(database, A)

    assert [row["n"] for row in logged] == list(range(1, len(logged) + 1))
    assert [(row["entity"], row["action"]) for row in logged] == [
        ("workspace", "insert"),
        ("member", "insert"),
        ("project", "insert"),
        *[("issue", "insert")] * 3,
        *[("issue", "update")] * 3,
        ("project", "delete"),
        *[("issue", "delete")] * 3,
    ]
    assert head == 9
    assert {row["operation_id"] for row in logged[3:9]} == {"operation-1"}
    assert {row["account_id"] for row in logged[3:9]} == {"ac_1"}
    assert [row["version"] for row in logged[3:9]] == [1, 1, 1, 2, 2, 2]
    assert logged[6]["body"]["status"] == "done"
    assert logged[-1]["body"] is None
    assert len(await changes(database, B)) == 3


async def test_what_is_rolled_back_leaves_no_gap(api: Database, database: TestDatabase) -> None:
    project = await found(api, A)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with transaction(api, A) as connection:
            await add_issues(connection, A, project, 2)
            await last_change(connection, A)
            await add_issues(connection, A, uuid4(), 1)
    async with transaction(api, A) as connection:
        await add_issues(connection, A, project, 1)

    assert [row["n"] for row in await changes(database, A)] == [1, 2, 3, 4]


async def test_numbers_are_given_in_the_order_of_commits(api: Database, database: TestDatabase) -> None:
    """A transaction that began earlier and is still open holds nobody up, and gets a later number."""
    project = await found(api, A)
    async with transaction(api, A, operation_id="the-older") as older:
        await add_issues(older, A, project, 1)
        async with asyncio.timeout(5), transaction(api, A, operation_id="the-younger") as younger:
            await add_issues(younger, A, project, 1)

    assert [row["operation_id"] for row in await changes(database, A)][3:] == ["the-younger", "the-older"]


async def test_a_reader_never_sees_a_number_before_those_below_it(api: Database, database: TestDatabase) -> None:
    project = await found(api, A)
    seen: list[int] = []
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(40):
            async with transaction(api, A) as connection:
                await add_issues(connection, A, project, 2)

    async def read() -> None:
        while not done.is_set():
            async with transaction(api, A, read_only=True) as connection:
                after = seen[-1] if seen else 0
                rows = await connection.fetch("SELECT n FROM product.change WHERE n > $1 ORDER BY n", after)
                seen.extend(row["n"] for row in rows)

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write() for _ in range(4)))
    done.set()
    await reading

    async with transaction(api, A, read_only=True) as connection:
        after = seen[-1] if seen else 0
        seen.extend(row["n"] for row in await connection.fetch("SELECT n FROM product.change WHERE n > $1", after))
    assert seen == list(range(1, 3 + 4 * 40 * 2 + 1))


async def test_ten_thousand_rows_in_one_statement_are_numbered_as_quickly_as_they_are_written(
    api: Database, database: TestDatabase
) -> None:
    project = await found(api, A)
    async with transaction(api, A) as connection:
        await add_issues(connection, A, project, 10_000)
        await connection.execute("UPDATE product.issue SET priority = 1")

    logged = await changes(database, A)
    assert [row["n"] for row in logged] == list(range(1, 20_004))
    assert not await database.fetch("SELECT FROM product.change_batch")


async def test_a_deleted_workspace_leaves_nothing_but_an_audit_row_for_each_row(
    api: Database, background: Database, database: TestDatabase
) -> None:
    project = await found(api, A)
    async with transaction(api, A) as connection:
        await add_issues(connection, A, project, 50)
        await connection.execute(
            "INSERT INTO product.comment (workspace_id, id, issue_id, body) "
            "SELECT workspace_id, gen_random_uuid(), id, 'c' FROM product.issue"
        )
        await connection.execute(
            "INSERT INTO product.attachment (workspace_id, id, issue_id, name, content_type, size_bytes, sha256) "
            "SELECT workspace_id, gen_random_uuid(), id, 'a', 'text/plain', 1, '' FROM product.issue LIMIT 5"
        )
    there = await database.fetch(
        " UNION ALL ".join(
            f"SELECT '{entity}' AS entity, coalesce(to_jsonb(t) ->> 'id', workspace_id) AS id FROM product.{entity} t"
            for entity in ("workspace", "member", "project", "issue", "comment", "attachment")
        )
    )
    async with background.transaction("product_background") as connection:
        await connection.execute("SELECT set_config('kit.origin', 'auth', true)")
        await connection.execute("DELETE FROM product.workspace WHERE workspace_id = $1", A)

    audited = await database.fetch(
        "SELECT entity, coalesce(key ->> 'id', workspace_id) AS id, origin FROM product.audit"
    )
    assert sorted((row["entity"], row["id"]) for row in audited) == sorted((row["entity"], row["id"]) for row in there)
    assert {row["origin"] for row in audited} == {"auth"}
    assert len(await database.fetch("SELECT FROM product.orphan_object")) == 5
    for table in ("change", "change_head", "change_batch", "issue", "comment", "operation"):
        assert not await database.fetch(f"SELECT FROM product.{table}"), table


async def test_shared_facts_go_to_the_outbox_in_bulk_too_and_others_do_not(
    api: Database, database: TestDatabase
) -> None:
    await found(api, A)
    async with transaction(api, A) as connection:
        await connection.execute("UPDATE product.member SET name = name || '!', role = 'admin'")
        await connection.execute("UPDATE product.member SET email = 'other@example.com'")
        await connection.execute("UPDATE product.workspace SET name = 'Acme 2'")

    sent = await database.fetch("SELECT entity, id, version, body FROM product.outbox ORDER BY n")
    assert [tuple(row) for row in sent] == [
        ("member", "mb_1", 2, {"name": "Ada!", "role": "admin"}),
        ("workspace", A, 2, {"name": "Acme 2", "url_key": A.lower()}),
    ]


async def test_what_is_applied_from_auth_does_not_go_back_there(
    background: Database, api: Database, database: TestDatabase
) -> None:
    await found(api, A)
    async with background.transaction("product_background") as connection:
        await connection.execute("SELECT set_config('kit.origin', 'auth', true)")
        await connection.execute("UPDATE product.member SET name = 'Countess', version = 7")

    assert not await database.fetch("SELECT FROM product.outbox")
    assert [row["version"] for row in await database.fetch("SELECT version FROM product.member")] == [7]


TABLES = ("workspace", "member", "project", "issue", "comment", "attachment", "route_key", "change", "operation")


@pytest.mark.parametrize("table", TABLES)
async def test_a_transaction_sees_one_workspace_and_none_where_it_names_none(
    api: Database, database: TestDatabase, table: str
) -> None:
    for workspace in (A, B):
        project = await found(api, workspace)
        async with transaction(api, workspace) as connection:
            await add_issues(connection, workspace, project, 1)
            issue = await connection.fetchval("SELECT id FROM product.issue")
            await connection.execute(
                "INSERT INTO product.comment (workspace_id, id, issue_id, body) "
                "VALUES ($1, gen_random_uuid(), $2, 'c')",
                workspace,
                issue,
            )
            await connection.execute(
                "INSERT INTO product.attachment (workspace_id, id, issue_id, name, content_type, size_bytes, sha256) "
                "VALUES ($1, gen_random_uuid(), $2, 'a', 'text/plain', 1, '')",
                workspace,
                issue,
            )
            await connection.execute(
                "INSERT INTO product.route_key (workspace_id, id, kind, hash, issue_id) "
                "VALUES ($1, gen_random_uuid(), 'link', 'h', $2)",
                workspace,
                issue,
            )
            await connection.execute(
                "INSERT INTO product.operation (workspace_id, account_id, id, content_hash) "
                "VALUES ($1, 'a', 'operation', '\\x00')",
                workspace,
            )
    assert {row[0] for row in await database.fetch(f"SELECT workspace_id FROM product.{table}")} == {A, B}

    async with transaction(api, A) as connection:
        assert {row[0] for row in await connection.fetch(f"SELECT workspace_id FROM product.{table}")} == {A}
    async with api.transaction("product_api") as connection:
        assert not await connection.fetch(f"SELECT FROM product.{table}")


async def test_a_row_of_another_workspace_cannot_be_written(api: Database) -> None:
    project = await found(api, A)
    await found(api, B)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(api, B) as connection:
            await add_issues(connection, A, project, 1)
    async with transaction(api, B) as connection:
        assert await connection.execute("UPDATE product.project SET name = 'mine' WHERE id = $1", project) == "UPDATE 0"
        assert await connection.execute("DELETE FROM product.project WHERE id = $1", project) == "DELETE 0"


@pytest.mark.parametrize(
    "refused",
    [
        "DELETE FROM product.workspace",
        "DELETE FROM product.member",
        "UPDATE product.change SET n = 1",
        "DELETE FROM product.change",
        "SELECT FROM product.audit",
        "SELECT FROM product.outbox",
        "SELECT FROM product.credential_replica",
        "SELECT FROM product.moved",
        "UPDATE product.feed_state SET cursor = ''",
        "TRUNCATE product.issue",
        "ALTER TABLE product.issue DISABLE ROW LEVEL SECURITY",
        "SET ROLE product_owner",
    ],
)
async def test_the_api_may_not(api: Database, refused: str) -> None:
    await found(api, A)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(api, A) as connection:
            await connection.execute(refused)
