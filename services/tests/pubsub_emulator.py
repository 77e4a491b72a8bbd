"""A Pub/Sub on a loopback port: Google's `pstest` (tools/pubsub), behind which the real client runs.

    python -m tests.pubsub_emulator     builds it, once a machine, into the user's cache folder

Where PUBSUB_EMULATOR_HOST is set, tests use that one. `pstest` counts deliveries of all subscriptions together and its
`seek` panics, so that tests use neither dead-letter policies nor seek.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "tools" / "pubsub"
EMULATOR = "PUBSUB_EMULATOR_HOST"
_FILES = ("main.go", "go.mod", "go.sum")
Say = Callable[[str], None]


class NoPubSub(Exception):
    """It is not in the cache folder and cannot be built; the text says why."""


def obtain(say: Say) -> Path:
    """The program; built where it is missing or its sources changed. Raises NoPubSub."""
    program = _cached()
    if program.exists():
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    with (program.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of test processes that start together, one builds
        if not program.exists():
            _build(program, say)
    return program


def _cached() -> Path:
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update(hashlib.sha256((SOURCES / name).read_bytes()).digest())
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "regionctl" / "pubsub" / digest.hexdigest()[:16] / "pubsub"


def _build(program: Path, say: Say) -> None:
    go = shutil.which("go")
    if go is None:
        raise NoPubSub("Pub/Sub for tests is built with Go, which is not installed: https://go.dev/doc/install")
    say("building Pub/Sub for tests (tools/pubsub): fetches its Go modules, then half a minute or so, once a machine")
    began = time.monotonic()
    part = program.with_name(f".pubsub.{os.getpid()}")
    command = [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(part), "."]
    done = subprocess.run(command, cwd=SOURCES, capture_output=True, text=True, check=False)
    if done.returncode:
        part.unlink(missing_ok=True)
        raise NoPubSub(f"Pub/Sub for tests cannot be built: {done.stderr.strip().splitlines()[-1:]}")
    part.replace(program)
    say(f"built in {time.monotonic() - began:.0f} s")


@contextmanager
def serving(program: Path) -> Iterator[str]:
    """Its address (host:port), while the block lasts."""
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(timeout=10)


@dataclass(frozen=True)
class PubSub:
    """Topics and subscriptions in a project of the test's own."""

    project: str

    def topic(self, name: str = "events") -> str:
        path = f"projects/{self.project}/topics/{name}"
        from google.cloud.pubsub_v1 import PublisherClient

        client = PublisherClient()
        client.create_topic(name=path)
        client.transport.close()
        return path

    def subscription(self, topic: str, name: str, *, ordered: bool = True) -> str:
        path = f"projects/{self.project}/subscriptions/{name}"
        request = {"name": path, "topic": topic, "enable_message_ordering": ordered, "ack_deadline_seconds": 10}
        from google.cloud.pubsub_v1 import SubscriberClient

        with SubscriberClient() as client:
            client.create_subscription(request=request)
        return path


if __name__ == "__main__":
    try:
        obtain(lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201
    except NoPubSub as error:
        sys.exit(f"{error}; tests that need it are skipped, and fail where CI=true")
