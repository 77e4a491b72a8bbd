"""Forks for each command line that it reads from stdin (tests/cli/command_line.py); writes its exit code to stdout."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from cli.app import main
from regionctl.render import render
from regions.load import load_fleet
from stacks.programs import programs

ROOT = Path(__file__).parents[2]
CLOSED = "closed"


def _serve() -> None:
    """As the engine's own processes do it: everything is imported and ran once, and no thread is left."""
    for program in programs(load_fleet(ROOT / "regions", "staging")).values():
        render(program)
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _run(json.loads(line))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()


def _run(request: dict[str, Any]) -> None:
    """Ends the process, as `regionctl` does."""
    os.setsid()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python starts
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    for number, (name, path) in enumerate(zip(("stdin", "stdout", "stderr"), request["streams"], strict=True)):
        os.dup2(_opened(path, number), number)
        setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))
    sys.argv = ["regionctl", *request["args"]]
    main()


def _opened(path: str, number: int) -> int:
    if path == CLOSED:
        unread, written = os.pipe()
        os.close(unread)
        return written
    return os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT, 0o600)


if __name__ == "__main__":
    _serve()
