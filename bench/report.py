"""The figures as Markdown, with the machine that they come from."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Figure
from regionctl.engine.cli.locate import VERSION


def report(figures: Sequence[Figure]) -> str:
    rows = [_row(figure) for figure in figures]
    return "\n".join(
        [
            "# Figures",
            "",
            "Written by `make bench`; run it to get those of your machine. `python -m bench --help` lists its",
            "sections, each of which can be measured by itself. Seconds are wall clock of whole commands, unless a",
            "row says otherwise; each row has one uncounted run before it. Where Terraform is named, `bench/loop.py`",
            "says what its figures are.",
            "",
            f"Machine: {_machine()}.",
            "",
            "| figure | unit | median | min to max | runs | goal | holds |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _row(figure: Figure) -> str:
    holds = {True: "yes", False: "**no**", None: ""}[figure.holds]
    spread = f"{min(figure.runs):.2f} to {max(figure.runs):.2f}"
    columns = (figure.name, figure.unit, f"{figure.median:.2f}", spread, str(len(figure.runs)), figure.goal, holds)
    return f"| {' | '.join(columns)} |"


def _machine() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory_gb:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, Pulumi {VERSION}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
