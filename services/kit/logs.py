"""Logs: a line of JSON each on stdout, as Cloud Logging reads it, and no personal data but ids.

    log = get_logger("auth.route")
    log.info("answered", extra=fields(workspace=id, status=200))

An exception is logged by its type and the places it went through; its text is left out, since PostgreSQL and HTTP
clients put values into it. https://cloud.google.com/logging/docs/structured-logging (severity, message, time)
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO

_SEVERITY = {"WARNING": "WARNING", "ERROR": "ERROR", "CRITICAL": "CRITICAL", "DEBUG": "DEBUG", "INFO": "INFO"}
_KEY = "kit_fields"


def fields(**values: Any) -> dict[str, dict[str, Any]]:
    """For `extra=`: ids, counts, words. Never an email, a name, a token."""
    return {_KEY: values}


def get_logger(name: str) -> logging.Logger:
    return logging.getLogger(name)


def configure(service: str, revision: str, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Of the whole process. Libraries speak from WARNING on."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_Json(service, revision))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for own in ("kit", "auth", "product"):
        logging.getLogger(own).setLevel(level)


class _Json(logging.Formatter):
    def __init__(self, service: str, revision: str) -> None:
        super().__init__()
        self._about = {"service": service, "revision": revision}

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "severity": _SEVERITY.get(record.levelname, "DEFAULT"),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._about,
            **getattr(record, _KEY, {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line |= {"error": record.exc_info[0].__qualname__, "at": places(record.exc_info[2])}
        return json.dumps(line, ensure_ascii=False, default=str)


def places(trace: TracebackType | None) -> list[str]:
    """Where an exception went through, the place it came from last."""
    return [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
