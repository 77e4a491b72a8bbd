"""What a change of a component does to a fleet, against a git revision: no state, no engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from bench.fleets import FEW, fleet
from bench.measure import REGIONCTL, ROOT, Figure, command, figure, timed

_PACKAGES = ("components", "regionctl", "regions", "stacks", "worker")
_WHO = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")


def figures(scratch: Path) -> Iterator[Figure]:
    clone = scratch / "clone"
    _commit(clone, fleet(scratch / "revision", FEW) / "prod")
    changed = clone / "components" / "cache.py"
    text = changed.read_text()
    changed.write_text(text.replace("maintenance_hour_utc: Input[int] = 4", "maintenance_hour_utc: Input[int] = 5"))
    assert changed.read_text() != text
    runs = timed(lambda: command(REGIONCTL, "diff", "--all", "--base", "main", cwd=clone), 3)
    yield figure(f"`diff --all --base main` of {FEW} regions, all of which change", "s", runs, at_most=20)


def _commit(clone: Path, regions: Path) -> None:
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, clone / package, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.rmtree(clone / "regions" / "prod")
    shutil.copytree(regions, clone / "regions" / "prod")
    command("git", "init", "--quiet", "--initial-branch=main", cwd=clone)
    command("git", "add", "--all", cwd=clone)
    command("git", *_WHO, "commit", "--quiet", "--message", "base", cwd=clone)
