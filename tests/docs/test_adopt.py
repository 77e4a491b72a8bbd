"""The guide from a region made by hand to a second one, as a reader types it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.console import examples
from tests.docs.test_readme import ROOT, run

PAGE = ROOT / "docs" / "guides" / "adopt.md"


@pytest.mark.engine
@pytest.mark.timeout(1200)  # a region by hand, its adoption and two regions brought up, also on a machine that is busy
def test_the_guide_takes_a_region_made_by_hand_to_a_second_one(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "regions", tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    steps = list(examples(PAGE))
    assert len(steps) > 12
    for step in steps:
        actual = run(step, tmp_path)
        assert step.matches(actual), (
            f"{step.page}:{step.line}: `{step.command}` prints\n\n{actual}\ninstead of\n\n{step.output}"
        )
