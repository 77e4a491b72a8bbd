"""Pulumi's CLI, where there is none yet: by the official installer, else built from its Go module.

    obtain(say) -> PulumiCli

Both put it into the user's cache folder, once a machine: clones that start together wait for the one that is first.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from regionctl.errors import EngineError

from .install import VERSION, PulumiCli, cache_path, find

Say = Callable[[str], None]

MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
TOOLS = Path(__file__).resolve().parents[2] / "tools"  # go.mod pins the module
GO = (1, 25, 11)  # what pulumi v3.259.0 wants
_CONNECT_TIMEOUT_S = 30.0
_SAY_EACH_S = 15.0
# Without it the binary does not know its version, and the Automation API refuses it.
_LINK = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{VERSION}"


class NoPulumi(EngineError):
    """Neither the installer nor Go could give the CLI. `tried` says why, by way."""

    def __init__(self, tried: dict[str, str]) -> None:
        self.tried = tried
        super().__init__(
            "Pulumi's CLI could not be had: " + "; ".join(f"{way}: {why}" for way, why in tried.items()),
            hint="install it (https://www.pulumi.com/docs/install/) or Go "
            f"{'.'.join(map(str, GO))} or later, then run: regionctl engine install",
        )


def obtain(say: Say) -> PulumiCli:
    """The CLI that `find` finds, else a new one. `say` gets a line now and then. Raises NoPulumi."""
    return find() or _make(say)


def _make(say: Say) -> PulumiCli:
    target = cache_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent.parent, say):
        found = find()
        if found:
            return found
        tried: dict[str, str] = {}
        for way, make in (("the official installer", _download), ("Go", _build)):
            try:
                make(target, say)
            except _CannotError as error:
                tried[way] = str(error)
                say(f"{way}: {error}")
            else:
                return PulumiCli(path=target, version=VERSION)
    raise NoPulumi(tried)


class _CannotError(Exception):
    """This way does not lead to the CLI; the text says why."""


@contextlib.contextmanager
def _alone(folder: Path, say: Say) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process installs it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(target: Path, say: Say) -> None:
    from pulumi.automation import PulumiCommand
    from semver import VersionInfo

    say(f"downloading Pulumi {VERSION} by its installer")
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_CONNECT_TIMEOUT_S)
    try:
        PulumiCommand.install(root=str(target.parent.parent), version=VersionInfo.parse(VERSION))
    except Exception as error:  # the SDK raises whatever urllib, the shell and its own checks raise
        raise _CannotError(f"{type(error).__name__}: {str(error).splitlines()[0][:200]}") from error
    finally:
        socket.setdefaulttimeout(before)


def _build(target: Path, say: Say) -> None:
    go = shutil.which("go")
    if go is None:
        raise _CannotError("not installed")
    version = _go_version(go)
    if version < GO:
        raise _CannotError(f"{'.'.join(map(str, version))} is older than {'.'.join(map(str, GO))}")
    say(f"building Pulumi {VERSION} from its Go module; five minutes or so on two cores, once a machine")
    part = target.with_name(f".pulumi.{os.getpid()}")
    try:
        _run_build([go, "build", "-v", "-trimpath", "-ldflags", _LINK, "-o", str(part), MODULE], say)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _go_version(go: str) -> tuple[int, ...]:
    done = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False, cwd=TOOLS)
    found = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    if found is None:
        raise _CannotError(f"{go} does not say its version")
    return tuple(int(part or 0) for part in found.groups())


def _run_build(command: list[str], say: Say) -> None:
    """`go build -v` says each package as it is compiled, one a line."""
    began = said = time.monotonic()
    compiled, last = 0, ""
    with subprocess.Popen(command, cwd=TOOLS, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            compiled, last = compiled + 1, line.strip()
            if time.monotonic() - said >= _SAY_EACH_S:
                said = time.monotonic()
                say(f"{compiled} packages compiled or fetched, {said - began:.0f} s")
    if process.returncode:
        raise _CannotError(f"go build ended with {process.returncode}: {last}")
    say(f"built in {time.monotonic() - began:.0f} s")
