"""Finds Pulumi's CLI of a version that regionctl is tested with."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from regionctl.model.errors import EngineError

VERSION = "3.259.0"
OLDEST = (3, 220, 0)  # the event log over gRPC and inline programs for refresh and destroy
NEWEST = (4, 0, 0)  # exclusive
VARIABLE = "REGIONCTL_PULUMI"


@dataclass(frozen=True, kw_only=True)
class PulumiCli:
    path: Path
    version: str


def cache_path() -> Path:
    """Where a CLI that we fetched or built lies."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "regionctl" / "pulumi" / f"v{VERSION}" / "bin" / "pulumi"


def record(made: Path, target: Path) -> None:
    """Notes beside `target` what is about to be put there: digest and size."""
    note = _note(target)
    part = note.with_name(f".{note.name}.{os.getpid()}")
    part.write_text(f"{_digest(made)} {made.stat().st_size}\n", encoding="utf-8")
    part.replace(note)


def sound(cached: Path) -> bool:
    """Whether the CLI in the cache folder is what was put there, to the last byte."""
    return _whole(cached) and _note(cached).read_text(encoding="utf-8").split()[0] == _digest(cached)


def _whole(cached: Path) -> bool:
    """The same by its size alone, which every command can afford to look at."""
    try:
        _, size = _note(cached).read_text(encoding="utf-8").split()
        return cached.stat().st_size == int(size)
    except (OSError, ValueError):
        return False


def _note(cached: Path) -> Path:
    return cached.with_name("pulumi.sha256")


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def find() -> PulumiCli | None:
    """The CLI to use: REGIONCTL_PULUMI, the one on the PATH within the tested versions, else that of the cache folder;
    None where there is none.

    Raises EngineError where REGIONCTL_PULUMI names something else than a CLI of a tested version.
    """
    if named := os.environ.get(VARIABLE):
        return _named(Path(named))
    on_path = shutil.which("pulumi")
    if on_path and (version := _version(Path(on_path))) and _tested(version):
        return PulumiCli(path=Path(on_path), version=version)
    if _whole(cache_path()):
        return PulumiCli(path=cache_path(), version=VERSION)
    return None


def _named(path: Path) -> PulumiCli:
    version = _version(path)
    if version is None or not _tested(version):
        found = f"version {version}" if version else "no pulumi CLI"
        raise EngineError(
            f"{VARIABLE} names {path}, which is {found}",
            hint=f"point it to a CLI from {_text(OLDEST)} to below {_text(NEWEST)}, or unset it",
        )
    return PulumiCli(path=path, version=version)


def _version(path: Path) -> str | None:
    try:
        file = path.stat()
    except OSError:
        return None
    return _asked(path, file.st_mtime_ns, file.st_size)


@lru_cache
def _asked(path: Path, _changed: int, _size: int) -> str | None:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            [path, "version"], capture_output=True, text=True, check=True, env=environment, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.fullmatch(r"v?(\d+\.\d+\.\d+)\S*", done.stdout.strip())
    return found[1] if found else None


def _tested(version: str) -> bool:
    return OLDEST <= tuple(int(part) for part in version.split(".")) < NEWEST


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
