"""The emulated clouds, in a process of their own, for as long as a command needs them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from regionctl.errors import RegionctlError

ANNOUNCEMENT = "PULUMI_DEBUG_PROVIDERS="
_STOP_TIMEOUT_S = 10


@contextmanager
def sandbox(data: Path, *, meanwhile: Callable[[], None]) -> Iterator[str]:
    """Serves the emulated clouds of a file; gives what the engine attaches to (`gcp:PORT,...`).

    `meanwhile` is called while the process starts. The process is in a session of its own, so that a ^C at the terminal
    lets it serve what the engine still finishes; it ends with this process, however that ends. Raises RegionctlError
    where it does not start.
    """
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "regionctl.sandbox", "--data", str(data), "--with-parent"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        with process:
            try:
                meanwhile()
                yield _providers(process, errors)
            finally:
                _stop(process)


def _providers(process: subprocess.Popen[str], errors: IO[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if line.startswith(ANNOUNCEMENT):
        return line.removeprefix(ANNOUNCEMENT)
    process.wait()
    errors.seek(0)
    said = errors.read().strip().splitlines()
    raise RegionctlError(f"the emulated clouds did not start: {said[-1] if said else 'no reason was given'}")


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
