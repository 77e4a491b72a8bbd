"""Outbox, audit, inbox and operations: nothing is lost, doubled or sent back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from kit.audit import Deletion, read_deletions
from kit.database import Connection, Database
from kit.inbox import Inbox, Outcome
from kit.operations import OperationConflict, once
from kit.outbox import Change, delete_changes, read_changes
from tests.postgres import TestDatabase


@pytest.fixture
async def shop(both: TestDatabase) -> AsyncIterator[Database]:
    opened = await Database.open(both.settings("shop-background"))
    yield opened
    await opened.close()


@pytest.fixture
async def office(both: TestDatabase) -> AsyncIterator[Database]:
    opened = await Database.open(both.settings("office-office"))
    yield opened
    await opened.close()


async def write(database: Database, *statements: str, origin: str = "") -> None:
    async with database.transaction("shop_api", local={"kit.origin": origin}) as connection:
        for statement in statements:
            await connection.execute(statement)


async def changes(database: Database, limit: int = 1000) -> list[Change]:
    async with database.transaction("shop_drain", read_only=True) as connection:
        return await read_changes(connection, "shop", limit=limit)


async def deletions(database: Database, after: int = 0, limit: int = 1000) -> list[Deletion]:
    async with database.transaction("shop_drain") as connection:
        return await read_deletions(connection, "shop", after=after, limit=limit)


CUSTOMERS = "INSERT INTO shop.customer SELECT 'ws_1', n::text, 'name ' || n FROM generate_series(1, 3) n"


async def test_a_bulk_write_is_sent_row_by_row_and_the_latest_alone(shop: Database) -> None:
    await write(shop, CUSTOMERS)
    await write(shop, "UPDATE shop.customer SET name = name || '!'", "UPDATE shop.customer SET name = name || '?'")
    found = await changes(shop)
    assert [(change.id, change.version, change.body) for change in found] == [
        (str(n), 2, {"name": f"name {n}!?"}) for n in (1, 2, 3)
    ]
    assert sorted(row for change in found for row in change.rows) == list(range(1, 10))


async def test_what_comes_while_changes_are_sent_stays(shop: Database) -> None:
    await write(shop, CUSTOMERS)
    sent = await changes(shop)
    await write(shop, "UPDATE shop.customer SET name = 'late' WHERE id = '2'")
    async with shop.transaction("shop_drain") as connection:
        await delete_changes(connection, "shop", sent)
    assert [(change.id, change.body, change.version) for change in await changes(shop)] == [("2", {"name": "late"}, 1)]


async def test_a_change_that_commits_late_is_not_deleted_with_those_that_were_read(shop: Database) -> None:
    await write(shop, CUSTOMERS, origin="office")
    async with shop.transaction("shop_api") as older:
        await older.execute("UPDATE shop.customer SET name = 'late' WHERE id = '1'")  # has the lower number
        await write(shop, "UPDATE shop.customer SET name = 'early' WHERE id = '2'")
        sent = await changes(shop)
    async with shop.transaction("shop_drain") as connection:
        await delete_changes(connection, "shop", sent)
    assert [change.body for change in sent] == [{"name": "early"}]
    assert [change.body for change in await changes(shop)] == [{"name": "late"}]


async def test_a_version_is_the_triggers_and_private_columns_are_not_sent(shop: Database) -> None:
    await write(shop, CUSTOMERS)
    async with shop.transaction("shop_drain") as connection:
        await delete_changes(connection, "shop", await changes(shop))
    await write(shop, "UPDATE shop.customer SET note = 'private', version = 99 WHERE id = '1'")
    assert await changes(shop) == []
    await write(shop, "UPDATE shop.customer SET name = 'new', version = 0 WHERE id = '1'")
    assert [change.version for change in await changes(shop)] == [2]


async def test_what_is_applied_for_the_other_side_is_not_sent_back(shop: Database) -> None:
    await write(shop, CUSTOMERS, origin="office")
    await write(shop, "UPDATE shop.customer SET name = 'theirs', version = 7 WHERE id = '1'", origin="office")
    await write(shop, "DELETE FROM shop.customer WHERE id = '2'", origin="office")
    assert await changes(shop) == []
    assert await deletions(shop) == []
    await write(shop, "UPDATE shop.customer SET name = 'ours' WHERE id = '1'")
    assert [change.version for change in await changes(shop)] == [8]


async def test_nobody_writes_outbox_or_audit_by_hand(shop: Database, both: TestDatabase) -> None:
    for role in ("shop_api", "shop_drain", "shop_migrate"):
        for table in ("outbox", "audit"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await both.execute(f"SET ROLE {role}; INSERT INTO shop.{table} DEFAULT VALUES")


TREE = (
    CUSTOMERS,
    """INSERT INTO shop.purchase SELECT 'ws_1', c || '-' || p, c::text
       FROM generate_series(1, 3) c, generate_series(1, 4) p""",
    "INSERT INTO shop.line SELECT 'ws_1', id, n FROM shop.purchase, generate_series(1, 5) n",
)


async def test_each_row_of_a_cascade_is_audited_exactly_once(shop: Database) -> None:
    await write(shop, *TREE)
    await write(shop, "DELETE FROM shop.customer WHERE id = '1'")
    found = await deletions(shop)
    assert sorted(entity for entity in (deletion.entity for deletion in found)) == (
        ["customer"] + ["line"] * 20 + ["purchase"] * 4
    )
    keys = {(deletion.entity, *sorted(map(str, deletion.key.items()))) for deletion in found}
    assert len(keys) == len(found) == 25
    assert {deletion.workspace_id for deletion in found} == {"ws_1"}


async def test_a_drain_resumes_anywhere(shop: Database) -> None:
    await write(shop, *TREE)
    await write(shop, "DELETE FROM shop.customer")
    whole = await deletions(shop)
    assert [deletion.position for deletion in whole] == list(range(1, 76))
    for start in range(0, 76, 7):
        assert await deletions(shop, after=start, limit=9) == whole[start : start + 9]


async def test_a_deletion_that_commits_late_is_not_passed_over(shop: Database) -> None:
    await write(shop, *TREE)
    async with shop.transaction("shop_api") as older:
        await older.execute("DELETE FROM shop.customer WHERE id = '1'")  # has the lower numbers
        await write(shop, "DELETE FROM shop.customer WHERE id = '2'")
        first = await deletions(shop)
    rest = await deletions(shop, after=first[-1].position)
    assert (len(first), len(rest)) == (25, 25)
    assert {deletion.key["id"] for deletion in rest if deletion.entity == "customer"} == {"1"}


async def test_a_deletion_that_is_rolled_back_is_none(shop: Database) -> None:
    await write(shop, *TREE)
    with pytest.raises(ZeroDivisionError):
        async with shop.transaction("shop_api") as connection:
            await connection.execute("DELETE FROM shop.customer")
            raise ZeroDivisionError
    assert await deletions(shop) == []


def inbox(shop: Database, attempts: int = 3) -> Inbox:
    return Inbox(database=shop, schema="shop", role="shop_api", attempts=attempts)


async def add(connection: Connection, body: Any) -> None:
    await connection.execute("INSERT INTO shop.customer VALUES ('ws_1', $1, 'x')", body)


async def test_a_message_is_handled_once_however_often_it_comes(shop: Database) -> None:
    outcomes = await asyncio.gather(*(inbox(shop).handle("office", "m1", "c1", add) for _ in range(8)))
    assert sorted(outcomes) == [Outcome.DONE, *[Outcome.DONE_BEFORE] * 7]


async def test_a_message_that_cannot_be_handled_is_parked_and_can_be_tried_again(
    shop: Database, both: TestDatabase
) -> None:
    async def fail(connection: Connection, body: Any) -> None:
        await add(connection, body)
        raise ValueError("mia@example.com")

    outcomes = [await inbox(shop).handle("office", "m1", "c1", fail) for _ in range(4)]
    assert outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.PARKED, Outcome.PARKED]
    assert [outcome.settled for outcome in outcomes] == [False, False, True, True]
    row = (await both.fetch("SELECT attempts, body, error FROM shop.inbox"))[0]
    assert dict(row) == {"attempts": 3, "body": "c1", "error": "ValueError"}
    assert await both.fetch("SELECT FROM shop.customer") == []
    assert await inbox(shop).replay("office", "m1", add) is Outcome.DONE
    assert await inbox(shop).replay("office", "m1", add) is Outcome.DONE_BEFORE


async def order(
    database: Database,
    operation_id: str,
    content: Any,
    *,
    fails: bool = False,
    account: str = "a",
) -> Any:
    async def act() -> Any:
        await connection.execute("INSERT INTO office.tombstone VALUES ('ws_1', gen_random_uuid()::text)")
        if fails:
            raise ZeroDivisionError
        return {"made": await connection.fetchval("SELECT count(*) FROM office.tombstone")}

    async with database.transaction("office_api") as connection:
        return await once(connection, "office", {"account_id": account, "id": operation_id}, content, act)


async def test_an_operation_is_done_once_and_answered_alike(office: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await order(office, "op-1", {"name": "x"}, fails=True)
    answers = await asyncio.gather(*(order(office, "op-1", {"name": "x"}) for _ in range(8)))
    assert answers == [{"made": 1}] * 8
    assert await order(office, "op-1", {"name": "x"}, account="b") == {"made": 2}


async def test_an_id_that_was_used_for_something_else_is_a_conflict(office: Database) -> None:
    await order(office, "op-1", {"a": 1, "b": 2})
    assert await order(office, "op-1", {"b": 2, "a": 1}) == {"made": 1}
    with pytest.raises(OperationConflict) as conflict:
        await order(office, "op-1", {"a": 1, "b": 3})
    assert conflict.value.operation_id == "op-1"
