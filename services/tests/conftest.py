"""What tests of all the services use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from . import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """One PostgreSQL a process of pytest."""
    running = postgres.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
async def empty_database(server: postgres.Server) -> AsyncIterator[postgres.TestDatabase]:
    """A database of the test's own with nothing in it, which the login `migrate` may fill."""
    database = await server.create()
    yield database
    await server.drop(database)
