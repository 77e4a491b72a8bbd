"""The guide to residency, as a reviewer types it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.docs.console import examples
from tests.docs.test_readme import ROOT, run

GUIDE = ROOT / "docs" / "guides" / "residency.md"


def test_the_guide_to_residency_prints_what_it_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "regions", tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    steps = list(examples(GUIDE))
    assert len(steps) == 3
    for step in steps:
        actual = run(step, tmp_path)
        assert step.matches(actual), f"line {step.line}: `{step.command}` prints\n\n{actual}"
