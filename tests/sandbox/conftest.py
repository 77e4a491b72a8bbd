from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regionctl.engine import Workspace
from tests.sandbox.google import Cloud, google


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "clouds.db"


@pytest.fixture
def gcp(data: Path) -> Iterator[Cloud]:
    with google(data) as served:
        yield served


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "Pulumi.yaml").write_text("name: regionctl\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    return Workspace.default(tmp_path)
