"""Installs Pulumi's CLI: its release, checked by digest, else a build of its Go module.

    obtain(say) -> PulumiCli

Both put it into the user's cache folder, once a machine: clones that start together wait for the one that is first.
Nothing is run that was not checked before: a release by tools/pulumi-checksums.txt, the Go module by tools/go.sum.
Pulumi's own installer is a script that is piped to a shell; it would run with the credentials that are here, so it is
not used.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from regionctl.model.errors import EngineError

from .locate import VERSION, PulumiCli, cache_path, find, record, sound

Say = Callable[[str], None]

MODULE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
TOOLS = Path(__file__).resolve().parents[3] / "tools"  # go.mod pins the module
GO = (1, 25, 11)  # what pulumi v3.259.0 wants
_TIMEOUT_S = 30.0  # to connect, and between two pieces
_PIECE = 1 << 20  # bytes
_SAY_EACH_S = 15.0
_FLAGS = ("-trimpath",)  # what of a build decides whether Go's cache has a package
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


@dataclass(frozen=True, kw_only=True)
class Releases:
    """Where releases of the CLI are, and the file with their digests: `SHA-256  NAME`, a line a file, as Pulumi writes
    it (`make pulumi-checksums`). It may be missing.
    """

    url: str = "https://get.pulumi.com/releases/sdk"
    checksums: Path = TOOLS / "pulumi-checksums.txt"

    def digest(self, name: str) -> str | None:
        if not self.checksums.is_file():
            return None
        lines = (line.split() for line in self.checksums.read_text(encoding="utf-8").splitlines())
        return next((line[0].lower() for line in lines if len(line) == 2 and line[1].lstrip("*") == name), None)


RELEASES = Releases()


def obtain(say: Say, releases: Releases = RELEASES) -> PulumiCli:
    """The CLI that `find` finds, else a new one. `say` gets a line now and then. Raises NoPulumi.

    One of the cache folder is compared with the digest that was noted when it was put there.
    """
    found = find()
    return found if found and _trusted(found, say) else _make(say, releases)


def _trusted(cli: PulumiCli, say: Say) -> bool:
    if cli.path != cache_path() or sound(cli.path):
        return True
    say(f"{cli.path} is not what was put there; it is made anew")
    cli.path.unlink()
    return False


def _make(say: Say, releases: Releases) -> PulumiCli:
    target = cache_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent.parent, say):
        found = find()
        if found and _trusted(found, say):
            return found
        tried: dict[str, str] = {}
        ways: dict[str, Callable[[], None]] = {
            "the release": partial(_download, target, say, releases),
            "Go": partial(_build, target, say),
        }
        for way, make in ways.items():
            try:
                make()
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


def _download(target: Path, say: Say, releases: Releases) -> None:
    """Unpacks a release of the right digest. Nothing of it is run, or kept, before that was seen."""
    name = f"pulumi-v{VERSION}-{_platform()}.tar.gz"
    wanted = releases.digest(name)
    if wanted is None:
        raise _CannotError(f"{releases.checksums.name} has no digest of {name}; `make pulumi-checksums` writes it")
    say(f"downloading {name}")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".release-") as folder:
        archive = Path(folder) / name
        found = _fetched(f"{releases.url}/{name}", archive)
        if found != wanted:
            raise _CannotError(f"{name} has the digest {found}, and {releases.checksums.name} says {wanted}")
        try:
            with tarfile.open(archive) as release:
                release.extractall(folder, filter="data")
            _put(Path(folder) / "pulumi" / "pulumi", target)
        except (OSError, tarfile.TarError) as error:
            raise _CannotError(f"{name} cannot be unpacked: {error}") from error


def _platform() -> str:
    """As Pulumi names its releases (https://www.pulumi.com/docs/install/versions/)."""
    machines = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{machines.get(machine, machine)}"


def _fetched(url: str, file: Path) -> str:
    """Writes what the address gives to the file; its SHA-256."""
    digest = hashlib.sha256()
    try:
        with (
            httpx.stream("GET", url, timeout=_TIMEOUT_S, follow_redirects=True) as answer,
            file.open("wb") as kept,
        ):
            answer.raise_for_status()
            for piece in answer.iter_bytes(_PIECE):
                digest.update(piece)
                kept.write(piece)
    except (httpx.HTTPError, OSError) as error:
        reason = str(error).splitlines() or [""]
        raise _CannotError(f"{type(error).__name__}: {reason[0][:200]}") from error
    return digest.hexdigest()


def _put(made: Path, target: Path) -> None:
    """Into its place, at once, with the note of what it is."""
    made.chmod(0o755)
    record(made, target)
    made.replace(target)


def _build(target: Path, say: Say) -> None:
    go = shutil.which("go")
    if go is None:
        raise _CannotError("not installed")
    version = _go_version(go)
    if version < GO:
        raise _CannotError(f"{'.'.join(map(str, version))} is older than {'.'.join(map(str, GO))}")
    say(f"fetching the Go modules of Pulumi {VERSION}")
    packages = _stale(go, say)
    say(f"building it: {packages:,} packages to compile; five minutes or so on two cores, once a machine")
    part = target.with_name(f".pulumi.{os.getpid()}")
    try:
        began = time.monotonic()
        command = [go, "build", "-v", *_FLAGS, "-ldflags", _LINK, "-o", str(part), MODULE]
        _watched(command, say, f"of {packages:,} packages compiled")
        say(f"built in {time.monotonic() - began:.0f} s")
        _put(part, target)
    finally:
        part.unlink(missing_ok=True)


def _go_version(go: str) -> tuple[int, ...]:
    done = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False, cwd=TOOLS)
    found = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    if found is None:
        raise _CannotError(f"{go} does not say its version")
    return tuple(int(part or 0) for part in found.groups())


def _stale(go: str, say: Say) -> int:
    """How many packages a build has to compile: those that Go's cache lacks. What it fetches, the build would too."""
    command = [go, "list", "-deps", *_FLAGS, "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", MODULE]
    return len(_watched(command, say, "modules fetched").split())


def _watched(command: list[str], say: Say, done: str) -> str:
    """Runs Go and gives what it wrote to stdout. It says on stderr what it does, a line each: they are counted."""
    began = said = time.monotonic()
    lines, last = 0, ""
    with (
        tempfile.TemporaryFile("w+") as out,
        subprocess.Popen(command, cwd=TOOLS, stdout=out, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr is not None
        for line in process.stderr:
            lines, last = lines + 1, line.strip()
            if time.monotonic() - said >= _SAY_EACH_S:
                said = time.monotonic()
                say(f"{lines:,} {done}, {said - began:.0f} s")
        if process.wait():
            raise _CannotError(f"go {command[1]} ended with {process.returncode}: {last}")
        out.seek(0)
        return out.read()
