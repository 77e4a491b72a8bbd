"""The README's first hour, as a new user types it: each command runs, and prints what the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.console import ROOT, prints_what_it_shows


@pytest.mark.engine
@pytest.mark.timeout(1200)  # a dozen runs of a whole region, also on a machine that is busy
def test_the_first_hour_prints_what_the_readme_shows(tmp_path: Path) -> None:
    prints_what_it_shows(ROOT / "README.md", tmp_path, commands=11)
