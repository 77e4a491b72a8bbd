"""Many regions: rendering and diffing a generated fleet together, against one region after the other."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

from bench.loop import PLANS_20_S, loop_s, terraform_s
from bench.measure import (
    REGIONCTL,
    ROOT,
    Figure,
    childrens_peak_mb,
    command,
    figure,
    own_peak_mb,
    peak_mb_of,
    timed,
)

FEW, MANY = 20, 50
_REGION = "location: europe-west1\njurisdiction: eu\nlocality: eu\nlifecycle: planned\naddresses: 10.{number}.0.0/16\n"


def fleet(scratch: Path, count: int) -> Path:
    """A regions folder whose fleet `prod` has that many regions."""
    folder = scratch / f"regions-{count}"
    (folder / "prod").mkdir(parents=True)
    (folder / "prod" / "fleet.yaml").write_text((ROOT / "regions" / "prod" / "fleet.yaml").read_text())
    for number in range(1, count + 1):
        name = "us-east" if number == 1 else f"r-{chr(96 + number // 10 + 1)}{chr(96 + number % 10 + 1)}"
        text = _REGION.format(number=number).replace("planned", "active" if number == 1 else "planned")
        (folder / "prod" / f"{name}.yaml").write_text(text)
    return folder


def figures(scratch: Path) -> Iterator[Figure]:
    few, many = fleet(scratch, FEW), fleet(scratch, MANY)
    yield from _rendering(few)
    yield _linear(few, many)
    state = scratch / "fleet-state"
    together = yield from _diffs(few, state)
    yield _linear_diff(many, state, min(together) / FEW)


def _diffs(folder: Path, state: Path) -> Generator[Figure, None, list[float]]:
    """Together and one after the other in turn, so that a machine that gets slower slows both."""
    base = [REGIONCTL, "--regions", str(folder), "--state", str(state), "diff"]
    names = _names(folder)
    command(*base, *names)  # makes the stacks and their secrets
    together, alone, loops = [], [], []
    for _ in range(3):
        loops.append(loop_s())
        together += timed(lambda: command(*base, *names), 1, uncounted=0)
        alone += timed(lambda: [command(*base, name) for name in names], 1, uncounted=0)
    yield figure(f"`diff` of {FEW} regions together, nothing applied", "s", together)
    plans = [mine / terraform_s(PLANS_20_S, loop) for mine, loop in zip(together, loops, strict=True)]
    yield figure(
        f"the same, against {FEW} `terraform plan`s two at a time, as far as the loop tells", "", plans, at_most=0.75
    )
    faster = [apart / at_once for apart, at_once in zip(alone, together, strict=True)]
    yield figure("how much faster than one after the other", "", faster, at_least=4.5)
    yield figure(f"most memory of one process, `diff` of {FEW}", "MB", [peak_mb_of(*base, *names)])
    return together


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "prod").glob("*.yaml") if path.stem != "fleet")


def _linear_diff(many: Path, state: Path, few_s: float) -> Figure:
    diff = [REGIONCTL, "--regions", str(many), "--state", str(state), "diff", *_names(many)]
    (seconds,) = timed(lambda: command(*diff), 1)
    return figure(f"`diff` of {MANY} regions: cost a region, against {FEW}", "", [seconds / MANY / few_s], at_most=1.2)


def _rendering(folder: Path) -> Iterator[Figure]:
    from regionctl.render import render_all
    from regions.load import load_fleet
    from stacks.programs import programs

    regions = [program for program in programs(load_fleet(folder, "prod")).values() if program.region]
    yield figure(f"render {FEW} regions", "s", timed(lambda: render_all(regions), 3), at_most=10)
    most_mb = own_peak_mb() + (os.cpu_count() or 1) * childrens_peak_mb()
    yield figure("memory of that, of all its processes at most", "MB", [most_mb], at_most=1024)


def _linear(few: Path, many: Path) -> Figure:
    from regionctl.render import render_all
    from regions.load import load_fleet
    from stacks.programs import programs

    per_region = []
    for folder in (few, many):
        regions = [program for program in programs(load_fleet(folder, "prod")).values() if program.region]
        (seconds,) = timed(lambda regions=regions: render_all(regions), 1)  # type: ignore[misc]
        per_region.append(seconds / len(regions))
    ratio = per_region[1] / per_region[0]
    return figure(f"render {MANY} regions: cost a region, against {FEW}", "", [ratio], at_most=1.2)
