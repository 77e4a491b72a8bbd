"""A fixed loop of Python: how quick this machine is now, to compare figures with those of another run or machine."""

from __future__ import annotations

import statistics
import time

# `terraform plan -refresh=false` with Google's own provider, of a region's resources (one, and 20 with two at a time):
# seconds of wall clock on 2 quiet cores. Not every machine has that provider, so its figures are scaled by the loop.
# LOOP_S is the loop's time on a machine of the same kind, and was not measured in the same run.
PLAN_S = 1.16
PLANS_20_S = 18.0
LOOP_S = 0.40


def loop_s() -> float:
    """Seconds of the loop now: the median of five."""
    return statistics.median(_once() for _ in range(5))


def terraform_s(seconds: float, loop: float) -> float:
    """What a figure of Terraform's above would be here, where the loop takes `loop` seconds."""
    return seconds * loop / LOOP_S


def _once() -> float:
    began = time.perf_counter()
    words: dict[str, int] = {}
    for number in range(3_000_000):
        key = f"{number % 977}"
        words[key] = words.get(key, 0) + number % 7
    return time.perf_counter() - began
