"""Waits for files to be saved, by looking at their times and sizes.

A look at a few hundred files takes some milliseconds, and works on every file system and in every container, where the
system's own events do not arrive from networks and shared folders, and where their number is limited.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

LOOK_S = 0.1
SETTLED_S = 0.02  # an editor writes more than once, and git writes many files

_SUFFIXES = (".py", ".yaml", ".yml", ".toml", ".json", ".js", ".mjs", ".ts")
_LEFT_OUT = frozenset({"__pycache__", "node_modules"})

_Look = Mapping[str, tuple[int, int, int]]


class Saved:
    """The files below some folders, and single ones, that a person edits: code, specs and settings."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = places
        self._last = self._look()

    def __len__(self) -> int:
        return len(self._last)

    def wait(self) -> frozenset[Path]:
        """Waits until a file is written, made or removed after the last call, and no more are; which ones."""
        while (now := self._look()) == self._last:
            time.sleep(LOOK_S)
        while True:
            time.sleep(SETTLED_S)
            before, now = now, self._look()
            if now == before:
                break
        changed = {path for path, _ in now.items() ^ self._last.items()}
        self._last = now
        return frozenset(map(Path, changed))

    def _look(self) -> _Look:
        return {path: found for place in self._places for path, found in _below(os.fspath(place))}


def _below(place: str) -> Iterator[tuple[str, tuple[int, int, int]]]:
    try:
        entries = list(os.scandir(place))
    except NotADirectoryError:
        yield from _stated(place)
        return
    except OSError:  # it is not there, or not ours to read
        return
    for entry in entries:
        if entry.is_dir():
            if not entry.name.startswith(".") and entry.name not in _LEFT_OUT:
                yield from _below(entry.path)
        elif entry.name.endswith(_SUFFIXES):
            yield from _stated(entry.path)


def _stated(path: str) -> Iterator[tuple[str, tuple[int, int, int]]]:
    try:
        found = Path(path).stat()
    except OSError:  # it went away meanwhile
        return
    yield path, (found.st_mtime_ns, found.st_size, found.st_ino)
