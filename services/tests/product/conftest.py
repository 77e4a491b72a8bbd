"""The product's database, migrated, with logins as in a region's stack; a bucket; a region's API."""

from __future__ import annotations

import http.server
import secrets
import socketserver
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from kit.database import Database
from product.bucket import Bucket
from tests.postgres import Server, TestDatabase
from tests.product.region import LOGINS, Region, fill

__all__ = ["LOGINS", "fill"]


class _Emulator(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


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


@pytest.fixture(scope="session")
def storage_client() -> Iterator[storage.Client]:
    """Google's own client, before an emulator of the storage in memory."""
    server = _Emulator(("127.0.0.1", 0), partial(RequestHandler, Storage(use_memory_fs=True)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    client = storage.Client(
        project="test",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": f"http://127.0.0.1:{server.server_address[1]}"},
    )
    yield client
    client.close()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def bucket(storage_client: storage.Client) -> Bucket:
    name = f"uploads-{secrets.token_hex(4)}"
    storage_client.create_bucket(name)
    return Bucket(storage_client, name)


@pytest.fixture
async def region(database: TestDatabase, bucket: Bucket) -> AsyncIterator[Region]:
    async with Region.start(database, bucket) as started:
        yield started
