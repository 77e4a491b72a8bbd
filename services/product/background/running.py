"""Tasks that run for ever, each at its pace: one that fails is tried again, slower, and holds up no other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from kit.logs import fields, get_logger

MAX_PAUSE_S = 60.0
_log = get_logger("product.background")


@dataclass(frozen=True, kw_only=True)
class Task:
    """`wake` cuts a pause short; it does not run the task while it fails."""

    name: str
    run: Callable[[], Awaitable[Any]]
    every_s: float
    wake: asyncio.Event | None = None


async def run_for_ever(task: Task) -> None:
    failures = 0
    while True:
        try:
            if task.wake is not None:
                task.wake.clear()
            await task.run()
            failures = 0
        except Exception:
            failures += 1
            _log.warning("a task failed", exc_info=True, extra=fields(task=task.name, failures=failures))
        await _pause(task, failures)


async def _pause(task: Task, failures: int) -> None:
    """With jitter while it fails, so that many who lost one another do not come back at once."""
    if failures:
        longest = min(MAX_PAUSE_S, task.every_s * 2 ** min(failures, 10))
        await asyncio.sleep(random.uniform(task.every_s / 2, longest))
        return
    if task.wake is None:
        await asyncio.sleep(task.every_s)
        return
    try:
        async with asyncio.timeout(task.every_s):
            await task.wake.wait()
    except TimeoutError:
        return
