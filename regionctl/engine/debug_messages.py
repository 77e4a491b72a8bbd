"""The SDK's debug messages."""

from __future__ import annotations

from typing import Any

from pulumi import log


def drop_debug_messages() -> None:
    """Keeps this process from sending them.

    The SDK sends three a resource, each a call that the program waits for; the engine writes each into the event log,
    and no run shows them. They cost a tenth of a region's plan.
    """
    log.debug = _drop


def _drop(*_message: Any, **_options: Any) -> None:
    """Nobody listens."""
