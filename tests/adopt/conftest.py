from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The file of emulated clouds."""
    return tmp_path / "clouds.db"
