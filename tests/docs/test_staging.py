"""The guide to staging, as a new user types it: from nothing to probes that pass, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from regionctl.sandbox.clouds import status
from stacks.worker_code import WORKER_DIR
from tests.docs.console import ROOT, prints_what_it_shows

GUIDE = ROOT / "docs" / "guides" / "staging.md"


@pytest.mark.engine
@pytest.mark.timeout(1200)  # a whole fleet up, planned and down, also on a machine that is busy
@pytest.mark.skipif(not (WORKER_DIR / "node_modules" / "workerd").is_dir(), reason="npm ci --prefix worker")
def test_the_guide_to_staging_prints_what_it_shows(tmp_path: Path) -> None:
    prints_what_it_shows(GUIDE, tmp_path, commands=8)
    left = status(tmp_path / ".regionctl" / "sandbox" / "staging.db")
    assert left.types == {}
    assert left.tombstones
