"""actionlint: on the PATH, or built once a machine from the Go module that tools/actionlint pins."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools" / "actionlint"
MODULE = "github.com/rhysd/actionlint"


def actionlint() -> Path:
    """The executable. Skips the test where it is neither there nor can be built."""
    on_path = shutil.which("actionlint")
    if on_path:
        return Path(on_path)
    target = _cache() / _version() / "bin" / "actionlint"
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_file():
            _build(target)
    return target


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "regionctl" / "actionlint"


def _version() -> str:
    found = re.search(rf"{MODULE} (v\S+)", (TOOLS / "go.mod").read_text())
    assert found
    return found[1]


def _build(target: Path) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("actionlint is not installed, and there is no Go to build it with")
    part = target.with_name(f".actionlint.{os.getpid()}")
    subprocess.run([go, "build", "-trimpath", "-o", str(part), f"{MODULE}/cmd/actionlint"], cwd=TOOLS, check=True)
    part.replace(target)
