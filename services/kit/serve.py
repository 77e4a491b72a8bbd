"""Runs an application: one process, one event loop, on PORT, until SIGTERM; then it drains."""

from __future__ import annotations

from typing import Any

import uvicorn
from starlette.types import ASGIApp

from . import logs
from .settings import Settings

# Longer than the edge keeps its own idle connections (docs/request-path.md), or a request may meet one that closes.
# Google's load balancers keep them for 600 s:
# https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries (backend keepalive)
KEEP_ALIVE_S = 620


def run(app: ASGIApp, settings: Settings, host: str = "0.0.0.0", **more: Any) -> None:
    """Returns when it was told to end and what ran has ended, `drain_timeout_s` at most. `more`: uvicorn's options."""
    logs.configure(settings.k_service, settings.k_revision)
    options: dict[str, Any] = {
        "host": host,
        "port": settings.port,
        "loop": "uvloop",
        "http": "httptools",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_graceful_shutdown": settings.drain_timeout_s,
    }
    uvicorn.run(app, **{**options, **more})
