"""The guide to staging, as a new user types it: from nothing to probes that pass, and back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from regionctl.sandbox.clouds import status
from stacks.worker_code import WORKER_DIR
from tests.docs.console import examples
from tests.docs.test_readme import ROOT, run

GUIDE = ROOT / "docs" / "guides" / "staging.md"


@pytest.mark.engine
@pytest.mark.timeout(1200)  # a whole fleet up, planned and down, also on a machine that is busy
@pytest.mark.skipif(not (WORKER_DIR / "node_modules" / "workerd").is_dir(), reason="npm ci --prefix worker")
def test_the_guide_to_staging_prints_what_it_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "regions", tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for step in examples(GUIDE):
        actual = run(step, tmp_path)
        assert step.matches(actual), (
            f"{step.page}:{step.line}: `{step.command}` prints\n\n{actual}\ninstead of\n\n{step.output}"
        )
    left = status(tmp_path / ".regionctl" / "sandbox" / "staging.db")
    assert left.types == {}
    assert left.tombstones
