from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.google import Cloud, google


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "clouds.db"


@pytest.fixture
def gcp(data: Path) -> Iterator[Cloud]:
    with google(data) as served:
        yield served
