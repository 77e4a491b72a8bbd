"""What a change of a component does to a fleet, against a git revision: no state, no engine."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
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
    yield figure("`diff REGION --base main --watch`, from a save to its end", "s", list(_saves(clone)), at_most=0.5)


def _saves(clone: Path) -> Iterator[float]:
    """Saves a region's file and waits for what is shown of it."""
    spec = clone / "regions" / "prod" / "us-east.yaml"
    text = spec.read_text()
    words = [REGIONCTL, "diff", "us-east", "--base", "main", "--watch"]
    with subprocess.Popen(words, cwd=clone, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as watch:
        assert watch.stderr
        _await(watch.stderr)
        for gb in range(600, 607):
            began = time.perf_counter()
            spec.write_text(f"{text}database:\n  disk_gb: {gb}\n")
            _await(watch.stderr)
            yield time.perf_counter() - began
        watch.send_signal(signal.SIGINT)
    spec.write_text(text)


def _await(lines: Iterable[str]) -> None:
    if not any("ends it" in line for line in lines):
        sys.exit("`diff --watch` ended by itself")


def _commit(clone: Path, regions: Path) -> None:
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, clone / package, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.rmtree(clone / "regions" / "prod")
    shutil.copytree(regions, clone / "regions" / "prod")
    command("git", "init", "--quiet", "--initial-branch=main", cwd=clone)
    command("git", "add", "--all", cwd=clone)
    command("git", *_WHO, "commit", "--quiet", "--message", "base", cwd=clone)
