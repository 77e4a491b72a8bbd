"""One fleet for all modules of a process: it takes some seconds to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.fleet import Fleet, running
from tests.postgres import Server


@pytest.fixture(scope="session")
def fleet(server: Server, pubsub_address: str) -> Iterator[Fleet]:
    with running(server, pubsub_address) as started:
        yield started
