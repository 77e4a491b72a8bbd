from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.cloudflare.cloud import Cloud, cloudflare


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "clouds.db"


@pytest.fixture
def cloud(data: Path) -> Iterator[Cloud]:
    with cloudflare(data) as served:
        yield served
