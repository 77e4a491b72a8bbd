"""Waiting for what a program has begun."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pulumi.runtime.settings import SETTINGS


def settling(declare: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    """The program, as one that ends once it has settled."""

    async def program() -> None:
        declare()
        await settle()

    return program


async def settle() -> None:
    """Waits until every registration and every output is done, or one has failed; the SDK says then which.

    The SDK's own `wait_for_rpcs` waits for the first of all outstanding outputs again and again, which is quadratic: a
    third of a region's plan. After this it finds nothing outstanding.
    """
    while outstanding := _outstanding():
        done, _ = await asyncio.wait(outstanding, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in done):
            return


def _outstanding() -> list[asyncio.Future[object]]:
    try:
        with SETTINGS.lock:
            begun = [asyncio.ensure_future(rpc) for rpc in SETTINGS.rpc_manager.rpcs] + list(SETTINGS.outputs)
    except AttributeError:  # an SDK that keeps them elsewhere waits for all by itself, and longer
        return []
    return [task for task in begun if not task.done()]
