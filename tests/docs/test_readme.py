"""The README's first hour, as a new user types it: each command runs, and prints what the page shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.console import Example, examples

ROOT = Path(__file__).parents[2]


def run(example: Example, checkout: Path) -> str:
    """What a terminal shows, colours aside."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGIONCTL_")}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1", "COLUMNS": "120"}
    done = subprocess.run(
        ["bash", "-c", example.command],
        cwd=checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return done.stdout


@pytest.mark.engine
@pytest.mark.timeout(1200)  # a dozen runs of a whole region, also on a machine that is busy
def test_the_first_hour_prints_what_the_readme_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "regions", tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    hour = list(examples(ROOT / "README.md"))
    assert len(hour) > 10
    for example in hour:
        actual = run(example, tmp_path)
        assert example.matches(actual), (
            f"README.md:{example.line}: `{example.command}` prints\n\n{actual}\ninstead of\n\n{example.output}"
        )
