"""Serves a fleet's emulated clouds from a process of their own, for as long as a run lasts."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from regionctl.model.errors import EngineError, RegionctlError
from regionctl.model.hints import command

EMULATED = ("gcp", "cloudflare")
_REFUSED = "refused: "  # begins an error, which comes in place of the ports


@contextlib.contextmanager
def attached(
    data: Path, providers: Sequence[str] = EMULATED, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Serves the emulated clouds of one file, forked from this process; gives what PULUMI_DEBUG_PROVIDERS must be.

    They take a third of a second to start: `meanwhile` is called in that time.
    They end with the block, or once this process and every process forked from it in the block are gone, so that
    what still runs after a kill of this process can be finished and saved. Raises EngineError where they do not start.
    """
    lifeline, keep = os.pipe()
    answer, ports = os.pipe()
    pid = _fork(data, providers, lifeline, keep, ports)
    os.close(lifeline)
    os.close(ports)
    try:
        meanwhile()
        with os.fdopen(answer) as stream:
            value = stream.readline().strip()
        if value.startswith(_REFUSED):
            raise EngineError(value.removeprefix(_REFUSED))
        if not value:
            raise EngineError("the sandbox did not start", where=str(data), hint=f"run: {command('sandbox', 'status')}")
        yield value
    finally:
        os.close(keep)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def _fork(data: Path, providers: Sequence[str], lifeline: int, keep: int, ports: int) -> int:
    from pulumi.runtime.proto import provider_pb2_grpc  # noqa: F401 (before the fork: both sides need it)

    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.close(keep)
        os.setpgid(0, 0)  # a ^C at the terminal is for the stacks
        threading.Thread(target=_watch, args=(lifeline,), daemon=True).start()
        from regionctl.sandbox.serve import serve  # while the other side loads what it needs

        serve(data, providers, lambda value: _tell(ports, value))
    except RegionctlError as err:
        with contextlib.suppress(OSError):  # it served, and failed as it ended
            _tell(ports, f"{_REFUSED}{err}")
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _tell(ports: int, value: str) -> None:
    os.write(ports, f"{value}\n".encode())
    os.close(ports)


def _watch(lifeline: int) -> None:
    """Ends this process once nobody is left to serve: the pipe's other ends are then closed."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
