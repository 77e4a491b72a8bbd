"""The page on a region's life, as a new user types it: a fleet from nothing, through a failure, to a third region and
back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.console import examples
from tests.docs.test_readme import ROOT, run

PAGE = ROOT / "docs" / "region-lifecycle.md"


@pytest.mark.engine
@pytest.mark.timeout(1200)  # a dozen runs of a fleet, also on a machine that is busy
def test_the_page_on_a_regions_life_prints_what_it_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "regions", tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    steps = list(examples(PAGE))
    assert len(steps) > 15
    for step in steps:
        actual = run(step, tmp_path)
        assert step.matches(actual), (
            f"{step.page}:{step.line}: `{step.command}` prints\n\n{actual}\ninstead of\n\n{step.output}"
        )
