"""The product's database, migrated, with logins as in a region's stack."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kit.database import Database
from kit.migrations import migrate
from product.migrate import SCHEMA
from tests.postgres import MIGRATE, Server, TestDatabase

LOGINS = {"api": "product-api", "sync": "product-sync", "background": "product-background"}


async def fill(database: TestDatabase) -> None:
    for login in LOGINS.values():
        await database.server.login(login)
    await migrate(SCHEMA, database.settings(MIGRATE), LOGINS)


@pytest.fixture
async def database(server: Server) -> AsyncIterator[TestDatabase]:
    made = await server.copy("product", fill)
    yield made
    await server.drop(made)


@pytest.fixture
async def api(database: TestDatabase) -> AsyncIterator[Database]:
    opened = await Database.open(database.settings(LOGINS["api"]))
    yield opened
    await opened.close()


@pytest.fixture
async def background(database: TestDatabase) -> AsyncIterator[Database]:
    opened = await Database.open(database.settings(LOGINS["background"]))
    yield opened
    await opened.close()
