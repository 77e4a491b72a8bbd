"""Auth on a database of the test's own, migrated as a release does it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from auth.migrate import SCHEMA
from kit.migrations import migrate
from tests.postgres import MIGRATE, Server, TestDatabase

from .harness import LOGIN, Running, running


async def fill(database: TestDatabase) -> None:
    await database.server.login(LOGIN)
    await migrate(SCHEMA, database.settings(MIGRATE), {"auth": LOGIN})


@pytest.fixture
async def migrated(server: Server) -> AsyncIterator[TestDatabase]:
    database = await server.copy("auth", fill)
    yield database
    await server.drop(database)


@pytest.fixture
async def auth(migrated: TestDatabase) -> AsyncIterator[Running]:
    async with running(migrated) as it_runs:
        yield it_runs
