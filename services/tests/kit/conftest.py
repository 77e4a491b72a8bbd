"""The sample's databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.postgres import Server, TestDatabase

from . import sample


@pytest.fixture
async def both(server: Server) -> AsyncIterator[TestDatabase]:
    """`office` and `shop`, migrated, in one database."""
    database = await server.copy("sample", sample.fill)
    yield database
    await server.drop(database)
