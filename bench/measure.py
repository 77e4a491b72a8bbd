"""Timing whole commands and single calls, with their spread."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REGIONCTL = str(Path(sys.executable).parent / "regionctl")


@dataclass(frozen=True)
class Figure:
    """One row: what was measured, in which unit, the runs, and what is wanted of the median."""

    name: str
    unit: str
    runs: tuple[float, ...]
    goal: str
    holds: bool | None  # None where there is no limit

    @property
    def median(self) -> float:
        return statistics.median(self.runs)


def figure(
    name: str, unit: str, runs: Sequence[float], *, at_most: float | None = None, at_least: float | None = None
) -> Figure:
    """A figure, with the limit on its median."""
    median = statistics.median(runs)
    if at_most is not None:
        return Figure(name, unit, tuple(runs), f"at most {at_most:g}", median <= at_most)
    if at_least is not None:
        return Figure(name, unit, tuple(runs), f"at least {at_least:g}", median >= at_least)
    return Figure(name, unit, tuple(runs), "", None)


def timed(call: Callable[[], object], runs: int, *, uncounted: int = 1) -> list[float]:
    """Seconds of each call, after those that are not counted."""
    for _ in range(uncounted):
        call()
    return [_seconds(call) for _ in range(runs)]


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def command(*args: str, cwd: Path = ROOT) -> str:
    """Runs a whole command; what it printed. Ends the bench where it fails, with what it said."""
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(args, cwd=cwd, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(args)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def service_command(module: str, *args: str) -> Any:
    """Runs a program of the services, in their own environment; the JSON that it printed."""
    python = ROOT / "services" / ".venv" / "bin" / "python"
    if not python.exists():
        sys.exit("the services have no environment yet: make services")
    return json.loads(command(str(python), "-m", module, *args, cwd=ROOT / "services"))


def peak_mb_of(*args: str) -> float:
    """The most memory that one process of a whole command held, in MB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *args], cwd=ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024


def own_peak_mb() -> float:
    """The most memory that this process held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def childrens_peak_mb() -> float:
    """The most memory that one of its children held that ended, in MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
