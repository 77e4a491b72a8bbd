"""A region's database, and instances of the sync engine before it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.postgres import Server, TestDatabase
from tests.product.conftest import fill
from tests.sync.bed import Bed


@pytest.fixture
async def database(server: Server) -> AsyncIterator[TestDatabase]:
    made = await server.copy("product", fill)
    yield made
    await server.drop(made)


@pytest.fixture
async def bed(database: TestDatabase) -> AsyncIterator[Bed]:
    async with Bed.open(database) as opened:
        yield opened
