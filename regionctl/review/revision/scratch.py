"""A temporary folder that goes away however this process ends, with the processes that work in it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# It waits for the end of its input, which comes when the process that holds the other end closes it or dies, be it by
# SIGKILL. Then it removes the folder and ends its whole process group, itself included.
_KEEPER = 'trap "" HUP INT TERM; read -r _; rm -rf -- "$1"; kill -KILL 0'


@dataclass(frozen=True)
class Scratch:
    """The folder (0700), and the process group that ends with it. A ^C at the terminal does not reach the group."""

    folder: Path
    group: int

    @property
    def home(self) -> Path:
        """An empty home for what works in it."""
        return self.folder / "home"

    @property
    def own(self) -> Path:
        """A folder for its temporary files."""
        return self.folder / "tmp"


@contextmanager
def scratch() -> Iterator[Scratch]:
    folder = tempfile.mkdtemp(prefix="regionctl-revision-")
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, "sh", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        made = Scratch(Path(folder), keeper.pid)
        made.home.mkdir()
        made.own.mkdir()
        yield made
    finally:
        keeper.communicate()
