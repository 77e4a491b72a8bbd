"""`python -m bench` says what it measures before it does, and measures a part of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_its_help_lists_every_module_that_measures() -> None:
    done = bench("--help")
    assert done.returncode == 0
    listed = {line.split()[0] for line in done.stdout.partition("sections:\n")[2].partition("\n\n")[0].splitlines()}
    assert listed == {path.stem for path in (ROOT / "bench").glob("*.py") if "\ndef figures(" in path.read_text()}


@pytest.mark.parametrize("arguments", [["nothing"], ["folding", "nothing"]])
def test_an_unknown_section_is_refused_before_anything_is_measured(arguments: list[str]) -> None:
    done = bench(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no section is called 'nothing': choose from region, fleets," in done.stderr


def test_a_section_is_printed_and_the_file_is_left_as_it_is() -> None:
    before = (ROOT / "docs/benchmarks.md").read_text()
    done = bench("folding")
    assert "fold 20 regions" in done.stdout
    assert "`check`" not in done.stdout
    assert (ROOT / "docs/benchmarks.md").read_text() == before
