"""Programs as processes of their own: each in a group that ends with the test, its output in a file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

SERVICES = Path(__file__).parents[1]
READY_WITHIN_S = 30.0
ENDED_WITHIN_S = 15.0


class NotReady(Exception):
    """It did not become ready in time; the text has the end of what it wrote."""


class Program:
    """`python -m MODULE` on a port that stays its own, so that it can end and come back at the same address."""

    def __init__(
        self, module: str, environment: Mapping[str, str], folder: Path, name: str, port: int | None = None
    ) -> None:
        self.name = name
        self.port = port or free_port()
        self.log = folder / f"{name}.log"
        self._module = module
        self._environment = {**inherited(), **environment, "PORT": str(self.port), "K_SERVICE": name}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with self.log.open("ab") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                cwd=SERVICES,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                start_new_session=True,
            )

    def wait(self, path: str = "/readyz", status: int = 200) -> None:
        """Until it answers so. Raises NotReady."""
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and self.is_running:
            if self.status(path) == status:
                return
            time.sleep(0.05)
        raise NotReady(f"{self.name}: {self.status(path)} at {path}\n{self.log.read_text()[-4000:]}")

    def status(self, path: str) -> int | None:
        """None: it does not answer."""
        try:
            with urlopen(f"http://{self.address}{path}", timeout=2) as answer:
                return int(answer.status)
        except URLError as error:
            return getattr(error, "code", None)
        except OSError:
            return None

    def stop(self) -> None:
        """As a deploy does; killed where it does not end."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(ENDED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        """The whole group, which is its own."""
        assert self._process is not None
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)


def free_port() -> int:
    """One that nobody listens at now."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def inherited() -> dict[str, str]:
    """What of this process's environment a program gets: nothing that could be a setting of it."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
