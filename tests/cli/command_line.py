"""Command lines as a shell runs them, a process each, without a start-up of seconds.

A server that has imported everything forks for each of them (tests/cli/fork_server.py): the standard streams are real
files, pipes and terminals, the environment and the folder are the command's own, and Pulumi's engine finds a process
with one thread.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

# ECMA-48: what begins with ESC or with CSI as one character. Nothing else that a terminal obeys is left either.
ESCAPES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


@dataclass(frozen=True)
class Ran:
    """What a command line gave. On a terminal `out` has what went to stderr too."""

    args: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out, parse_constant=_no_constant)

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("Error: ")]

    def __str__(self) -> str:
        return f"regionctl {' '.join(self.args)[:300]}\nexit code {self.code}\n{self.out[-2000:]}\n{self.err[-2000:]}"


def _no_constant(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


@dataclass
class CommandLine:
    """Runs command lines in a folder."""

    server: subprocess.Popen[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(
        self,
        folder: Path,
        args: Sequence[str],
        *,
        stdin: str = "",
        stdout: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        """Without a terminal. `stdout` is a file to write to instead; `closed` is a pipe that nobody reads."""
        with tempfile.TemporaryDirectory() as place:
            files = {name: Path(place) / name for name in ("stdin", "stdout", "stderr")}
            files["stdin"].write_text(stdin)
            files["stdout"].touch()
            streams = [str(files["stdin"]), stdout or str(files["stdout"]), str(files["stderr"])]
            code = self._ask(folder, args, streams, environment)
            return Ran(tuple(args), code, _read(files["stdout"]), _read(files["stderr"]))

    def run_on_terminal(self, folder: Path, args: Sequence[str], environment: Mapping[str, str] | None = None) -> Ran:
        """With a terminal as stdin, stdout and stderr."""
        with _terminal() as (name, seen):
            code = self._ask(folder, args, [name] * 3, environment)
        return Ran(tuple(args), code, "".join(seen), "")

    def _ask(
        self, folder: Path, args: Sequence[str], streams: Sequence[str], environment: Mapping[str, str] | None
    ) -> int:
        environment = {"TERM": "xterm-256color", **self.environment, **(environment or {})}
        request = {"folder": str(folder), "args": list(args), "streams": streams, "environment": environment}
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


@contextmanager
def _terminal() -> Iterator[tuple[str, list[str]]]:
    """The name of a new terminal, and what is written to it, whole once it is left."""
    ours, theirs = os.openpty()
    seen: list[str] = []

    def read() -> None:
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # EIO: the last that had it open is gone
                return
            if not part:
                return
            seen.append(part.decode("utf-8", "backslashreplace"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield os.ttyname(theirs), seen
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)


@contextmanager
def command_lines() -> Iterator[CommandLine]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REGIONCTL_", "PULUMI_"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "GITHUB_TOKEN"):
        kept.pop(name, None)
    if cli := os.environ.get("REGIONCTL_PULUMI"):
        kept["REGIONCTL_PULUMI"] = cli
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.fork_server"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=kept,
    )
    with server:
        yield CommandLine(server)
        assert server.stdin
        server.stdin.close()
