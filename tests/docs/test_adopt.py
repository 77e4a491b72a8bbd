"""The guide from a region made by hand to a second one, as a reader types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.console import ROOT, prints_what_it_shows

PAGE = ROOT / "docs" / "guides" / "adopt.md"


@pytest.mark.engine
@pytest.mark.timeout(1200)  # a region by hand, its adoption and two regions brought up, also on a machine that is busy
def test_the_guide_takes_a_region_made_by_hand_to_a_second_one(tmp_path: Path) -> None:
    prints_what_it_shows(PAGE, tmp_path, commands=13)
