"""What tests of all the services use."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from . import postgres, pubsub_emulator
from .pubsub_emulator import EMULATOR, PubSub


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """One PostgreSQL a process of pytest."""
    with postgres.running() as one:
        yield one


@pytest.fixture
async def empty_database(server: postgres.Server) -> AsyncIterator[postgres.TestDatabase]:
    """A database of the test's own with nothing in it, which the login `migrate` may fill."""
    database = await server.create()
    yield database
    await server.drop(database)


@pytest.fixture(scope="session")
def pubsub_address() -> Iterator[str]:
    """A Pub/Sub (tests/pubsub_emulator.py). Skips where it cannot be had, but fails where CI is true."""
    if given := os.environ.get(EMULATOR):
        yield given
        return
    try:
        program = pubsub_emulator.obtain(lambda line: print(line, file=sys.stderr))  # noqa: T201
    except pubsub_emulator.NoPubSub as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    with pubsub_emulator.serving(program) as address:
        yield address


@pytest.fixture
def pubsub(pubsub_address: str, monkeypatch: pytest.MonkeyPatch) -> PubSub:
    """Google's clients go to the emulator while the test lasts."""
    monkeypatch.setenv(EMULATOR, pubsub_address)
    return PubSub(project=f"test-{secrets.token_hex(4)}")
