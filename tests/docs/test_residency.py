"""The guide to residency, as a reviewer types it."""

from __future__ import annotations

from pathlib import Path

from tests.docs.console import ROOT, prints_what_it_shows

GUIDE = ROOT / "docs" / "guides" / "residency.md"


def test_the_guide_to_residency_prints_what_it_shows(tmp_path: Path) -> None:
    prints_what_it_shows(GUIDE, tmp_path, commands=3)
