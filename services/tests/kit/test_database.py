"""Transactions run as a role, and nothing of one reaches the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.database import Database, savepoint
from tests.postgres import Server, TestDatabase

SCHEMA = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_reader') THEN
    CREATE ROLE shop_reader NOLOGIN; CREATE ROLE shop_writer NOLOGIN;
    GRANT shop_reader, shop_writer TO shopkeeper WITH INHERIT FALSE, SET TRUE;
  END IF;
END $$;
CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO shop_reader, shop_writer;
CREATE TABLE shop.thing (id int PRIMARY KEY, facts jsonb NOT NULL DEFAULT '{}');
GRANT SELECT ON shop.thing TO shop_reader; GRANT SELECT, INSERT ON shop.thing TO shop_writer;
"""


@pytest.fixture
async def database(server: Server, empty_database: TestDatabase) -> AsyncIterator[Database]:
    await server.login("shopkeeper")
    await empty_database.execute(SCHEMA)
    opened = await Database.open(empty_database.settings("shopkeeper", database_pool=1))
    yield opened
    await opened.close()


async def test_a_transaction_has_the_rights_of_its_role(database: Database) -> None:
    async with database.transaction("shop_writer") as connection:
        await connection.execute("INSERT INTO shop.thing VALUES (1, $1)", {"a": [1, None]})
    async with database.transaction("shop_reader") as connection:
        assert await connection.fetchval("SELECT facts FROM shop.thing") == {"a": [1, None]}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction("shop_reader") as connection:
            await connection.execute("INSERT INTO shop.thing VALUES (2)")


async def test_an_error_rolls_back_and_leaves_the_connection_clean(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction("shop_writer") as connection:
            await connection.execute("INSERT INTO shop.thing VALUES (1)")
            raise ZeroDivisionError
    async with database.transaction("shop_reader") as connection:
        assert await connection.fetchval("SELECT count(*) FROM shop.thing") == 0
        assert await connection.fetchval("SELECT current_user") == "shop_reader"


async def test_a_cancelled_transaction_leaves_no_state_in_the_pool(database: Database) -> None:
    entered = asyncio.Event()

    async def stuck() -> None:
        async with database.transaction("shop_writer") as connection:
            await connection.execute("INSERT INTO shop.thing VALUES (1)")
            entered.set()
            await connection.execute("SELECT pg_sleep(60)")

    task = asyncio.create_task(stuck())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.transaction("shop_reader") as connection:
        assert await connection.fetchval("SELECT count(*) FROM shop.thing") == 0


async def test_a_savepoint_undoes_its_part_alone(database: Database) -> None:
    async with database.transaction("shop_writer") as connection:
        await connection.execute("INSERT INTO shop.thing VALUES (1)")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with savepoint(connection):
                await connection.execute("INSERT INTO shop.thing VALUES (1)")
        await connection.execute("INSERT INTO shop.thing VALUES (2)")
    async with database.transaction("shop_reader", read_only=True) as connection:
        assert await connection.fetchval("SELECT count(*) FROM shop.thing") == 2


async def test_sql_must_name_its_schema(database: Database) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        async with database.transaction("shop_reader") as connection:
            await connection.fetch("SELECT * FROM thing")


async def test_a_name_that_is_no_role_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="not a name"):
        async with database.transaction("x; DROP TABLE shop.thing"):
            pass


async def test_settings_of_a_transaction_end_with_it(database: Database) -> None:
    value = "it's \\ \u00e4; RESET ROLE"
    async with database.transaction("shop_reader", local={"shop.place": value}) as connection:
        assert await connection.fetchval("SELECT current_setting('shop.place')") == value
        assert await connection.fetchval("SELECT current_user") == "shop_reader"
    async with database.transaction("shop_reader") as connection:
        assert not await connection.fetchval("SELECT current_setting('shop.place', true)")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50))
async def test_no_value_of_a_setting_is_taken_for_sql(database: Database, value: str) -> None:
    async with database.transaction("shop_reader", local={"shop.place": value}) as connection:
        row = await connection.fetchrow("SELECT current_setting('shop.place') AS place, current_user AS role")
    assert (row["place"], row["role"]) == (value, "shop_reader")


async def test_it_is_ready_while_the_database_answers(database: Database, empty_database: TestDatabase) -> None:
    assert await database.ready()
