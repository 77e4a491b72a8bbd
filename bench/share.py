"""How much of a processor our own code takes in a command, in all of the command's processes.

python -m bench.share regionctl's arguments...

A thread in each process looks every two milliseconds where the other threads are and how much of a processor they have
had since. It belongs to the innermost frame that is not of the standard library: what our code has that do is ours. The
libraries that we call are counted apart (but Pulumi's and gRPC's, which any program of Pulumi's loads), and so are the
emulated clouds, since real ones are not ours.
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
_OURS = tuple(str(ROOT / name) + os.sep for name in ("regionctl", "regions", "components", "stacks", "fleet", "cli"))
_SANDBOX = str(ROOT / "regionctl" / "sandbox") + os.sep
_LIBRARIES = str(Path(grpc.__path__[0]).parent) + os.sep
_PULUMI = tuple(module.__path__[0] + os.sep for module in (pulumi, pulumi_gcp, grpc))


class Sampler:
    """Seconds in our code, in libraries that it calls, and in the emulated clouds: of this process and its forks."""

    def __init__(self) -> None:
        # Three numbers a process, in memory that they share. A process writes its own alone.
        self._seconds = multiprocessing.sharedctypes.RawArray(ctypes.c_double, 3 * _PROCESSES)
        os.register_at_fork(after_in_child=self._start)
        self._start()

    @property
    def seconds(self) -> tuple[float, float, float]:
        return sum(self._seconds[0::3]), sum(self._seconds[1::3]), sum(self._seconds[2::3])

    def _start(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        slot = 3 * (os.getpid() % _PROCESSES)
        me = threading.get_ident()
        before = {thread: _cpu_s(thread) for thread in sys._current_frames()}
        while True:
            time.sleep(EVERY_S)
            now = {}
            for thread, frame in sys._current_frames().items():
                if thread == me:
                    continue
                now[thread] = _cpu_s(thread)
                whose = _whose(frame)
                if whose is not None:
                    self._seconds[slot + whose] += now[thread] - before.get(thread, 0.0)
            before = now


def _cpu_s(thread: int) -> float:
    """What a thread of this process has had of a processor since it began."""
    return time.clock_gettime(time.pthread_getcpuclockid(thread))


def _whose(frame: FrameType | None) -> int | None:
    """Which of the three sums a frame belongs to; None for Pulumi's and the interpreter's own."""
    in_library = False
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(_PULUMI):
            return None
        if file.startswith(_OURS):
            return 2 if file.startswith(_SANDBOX) else int(in_library)
        in_library |= file.startswith(_LIBRARIES)
        frame = frame.f_back
    return None


def main(args: list[str]) -> None:
    """Runs the command line in this process, and prints the three sums: seconds."""
    sys.setswitchinterval(0.0005)
    sampler = Sampler()
    from cli.app import run

    stdout = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        run(args)
        sys.stdout.flush()
    os.write(stdout, " ".join(f"{seconds:.3f}" for seconds in sampler.seconds).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
