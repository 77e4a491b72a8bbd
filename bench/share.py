"""How much of a processor our own code takes in a command, in all of the command's processes.

python -m bench.share regionctl's arguments...

A thread in each process looks every two milliseconds where the other threads are and how much of a processor they have
had since. It is ours where the innermost frame that is of our code, Pulumi's or gRPC's is of our code: what libraries
do for us counts as ours, and what the SDK does for the program as Pulumi's. The emulated clouds are counted apart,
since real ones are not ours.
"""

from __future__ import annotations

import ctypes
import multiprocessing.sharedctypes
import os
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import grpc
import pulumi
import pulumi_gcp

from bench.measure import ROOT

EVERY_S = 0.002
_PROCESSES = 64
_THEIRS = tuple(module.__path__[0] + os.sep for module in (pulumi, pulumi_gcp, grpc))
_OURS = tuple(str(ROOT / name) + os.sep for name in ("regionctl", "regions", "components", "stacks", "cli"))
_SANDBOX = str(ROOT / "regionctl" / "sandbox") + os.sep


class Sampler:
    """Seconds in our code, and in the emulated clouds, of this process and of those that it forks."""

    def __init__(self) -> None:
        # Two numbers a process, in memory that they share. A process writes its own two alone.
        self._seconds = multiprocessing.sharedctypes.RawArray(ctypes.c_double, 2 * _PROCESSES)
        os.register_at_fork(after_in_child=self._start)
        self._start()

    @property
    def tool_s(self) -> float:
        return sum(self._seconds[0::2])

    @property
    def sandbox_s(self) -> float:
        return sum(self._seconds[1::2])

    def _start(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        slot = 2 * (os.getpid() % _PROCESSES)
        me = threading.get_ident()
        before: dict[int, float] = {}
        while True:
            time.sleep(EVERY_S)
            now = {}
            for thread, frame in sys._current_frames().items():
                if thread == me:
                    continue
                now[thread] = time.clock_gettime(time.pthread_getcpuclockid(thread))
                file = _whose(frame)
                if file.startswith(_OURS):
                    self._seconds[slot + file.startswith(_SANDBOX)] += now[thread] - before.get(thread, 0.0)
            before = now


def _whose(frame: FrameType | None) -> str:
    """The file of the innermost frame that is ours or theirs; an empty one where there is none."""
    while frame is not None:
        if frame.f_code.co_filename.startswith((*_OURS, *_THEIRS)):
            return frame.f_code.co_filename
        frame = frame.f_back
    return ""


def main(args: list[str]) -> None:
    """Runs the command line in this process, and prints `tool sandbox`: seconds."""
    sampler = Sampler()
    from cli.app import run

    stdout = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        run(args)
        sys.stdout.flush()
    os.write(stdout, f"{sampler.tool_s:.3f} {sampler.sandbox_s:.3f}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1:])
