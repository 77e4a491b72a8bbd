"""The page on a region's life, as a new user types it: a fleet from nothing, through a failure, to a third region and
back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.console import ROOT, prints_what_it_shows

PAGE = ROOT / "docs" / "region-lifecycle.md"


@pytest.mark.engine
@pytest.mark.timeout(1200)  # a dozen runs of a fleet, also on a machine that is busy
def test_the_page_on_a_regions_life_prints_what_it_shows(tmp_path: Path) -> None:
    prints_what_it_shows(PAGE, tmp_path, commands=16)
