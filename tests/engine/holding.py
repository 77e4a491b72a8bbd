"""A run of ours in a process of its own, in the middle of an apply: what the locks' tests look at and kill.

python -m tests.engine.holding FOLDER PROVIDERS      applies `slow` and says "reached" in the middle of it
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from regionctl.engine import Event, StepStarted
from tests.engine.conftest import Toy, program
from tests.engine.toy import Cloud, Thing


def slow() -> None:
    """Three in a row; the one in the middle waits to be released."""
    before = Thing("before")
    during = Thing("during", before.path, fault="hang")
    Thing("after", during.path)


@contextlib.contextmanager
def applying_slowly(toy: Toy, *, under: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
    """A run that has reached the slow one. It is released in the end. `under` is what it is started by."""
    command = [*under, sys.executable, "-m", "tests.engine.holding", str(toy.folder), toy.providers]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "reached\n"
        try:
            yield run
        finally:
            release(toy)


def release(toy: Toy) -> None:
    (toy.folder / "release").touch()


def processes_of(run: subprocess.Popen[str]) -> tuple[list[int], int]:
    """The pids of our processes of a run, the innermost first, and that of its CLI."""
    below = list(descendants(run.pid))
    (cli,) = [pid for pid in below if Path(f"/proc/{pid}/exe").resolve().name == "pulumi"]
    return [*[pid for pid in below if pid != cli][::-1], run.pid], cli


def descendants(pid: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    left = [pid]
    while left:
        for child in children.get(left.pop(), []):
            yield child
            left.append(child)


def kill(*pids: int) -> None:
    """With SIGKILL, and waits until they are gone."""
    handles = []
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            handles.append(os.pidfd_open(pid))
            os.kill(pid, signal.SIGKILL)
    for handle in handles:
        assert select.select([handle], [], [], 30)[0], "a process outlived a SIGKILL"
        os.close(handle)


def _main(folder: str, providers: str) -> None:
    def say(event: Event) -> None:
        if isinstance(event, StepStarted) and event.step.name == "during":
            sys.stdout.write("reached\n")
            sys.stdout.flush()

    toy = Toy(Path(folder), providers, Cloud(Path(folder) / "toy.db"))
    replace(toy.engine, on_event=say).apply([program(slow)])


if __name__ == "__main__":
    _main(*sys.argv[1:])
