"""The guide to a resource type of one's own, in a copy of the project: no file of regionctl/ changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.console import ROOT, Change, prints_what_it_shows, steps

PAGE = ROOT / "docs" / "guides" / "own-resource-types.md"


@pytest.mark.engine
@pytest.mark.timeout(600)
def test_a_type_of_ones_own_is_described_in_two_places_and_every_command_knows_it(tmp_path: Path) -> None:
    for package in ("regions", "components", "stacks", "fleet", "cli", "regionctl", "worker"):
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", ".wrangler")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    prints_what_it_shows(PAGE, tmp_path, commands=12)
    changed = {step.file for step in steps(PAGE) if isinstance(step, Change)}
    assert changed == {"components/documents.py", "components/catalogue.toml", "stacks/region.py"}
