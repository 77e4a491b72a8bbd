"""One region: render, help, and a diff with nothing to do against a bare Automation API script."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.loop import PLAN_S, loop_s, terraform_s
from bench.measure import REGIONCTL, ROOT, Figure, command, figure, timed
from regionctl.engine import Workspace
from regionctl.engine.attached import attached
from regionctl.render import render
from regions.load import load_fleet
from stacks.programs import programs

STACK = "prod.eu-west"


def figures(scratch: Path) -> Iterator[Figure]:
    program = programs(load_fleet(ROOT / "regions", "prod"))[STACK]
    resources = sum(resource.custom for resource in render(program).resources.values())
    yield figure(f"render {STACK} ({resources} resources), warm", "s", timed(lambda: render(program), 10), at_most=0.6)
    show = timed(lambda: command(REGIONCTL, "show", "eu-west"), 7)
    yield figure("`regionctl show eu-west`, cold", "s", show, at_most=1.0)
    yield figure("`regionctl --help`", "s", timed(lambda: command(REGIONCTL, "--help"), 10), at_most=0.12)
    state = scratch / "region"
    command(REGIONCTL, "--state", str(state), "up", "eu-west", "--yes")
    yield from _diffs(state)


def _diffs(state: Path) -> Iterator[Figure]:
    """The two in turn, so that a machine that gets slower slows both."""
    workspace = Workspace.at(ROOT, str(state))
    with attached(workspace.sandbox_data("prod")) as providers:
        bare = [sys.executable, "-m", "bench.bare", str(state), providers]
        ours, theirs = [], []
        loops = []
        for _ in range(8):
            loops.append(loop_s())
            ours += timed(lambda: command(REGIONCTL, "--state", str(state), "diff", "eu-west"), 1)
            theirs += timed(lambda: command(*bare), 1)
    yield figure("a fixed loop of Python (bench/loop.py)", "s", loops)
    yield figure("`regionctl diff eu-west`, nothing to do", "s", ours)
    plans = [mine / terraform_s(PLAN_S, loop) for mine, loop in zip(ours, loops, strict=True)]
    yield figure("the same, against `terraform plan` as far as the loop tells", "", plans, at_most=1.5)
    yield figure("the same by a bare Automation API script", "s", theirs)
    share = [sys.executable, "-m", "bench.share", "--state", str(state), "diff", "eu-west"]
    shares = [[float(part) for part in command(*share).split()] for _ in range(5)]
    yield figure("processor time of that `diff` in our own code", "s", [own for own, _, _ in shares], at_most=0.3)
    yield figure("the same, in libraries that it calls but Pulumi's", "s", [libraries for _, libraries, _ in shares])
    yield figure("ratio of the two, pair by pair", "", [a / b for a, b in zip(ours, theirs, strict=True)], at_most=1.0)
