"""The tools that a bootstrap gets by itself: Pulumi's CLI, and workerd from the Worker's packages."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from fleet.context import FleetContext
from fleet.doctor.findings import Finding, Level
from fleet.doctor.machine import check_node, check_pulumi
from fleet.events import Getting, Sink
from regionctl.engine.cli.install import obtain
from regionctl.model.errors import RegionctlError
from regionctl.model.program import Target
from stacks.worker_code import WORKER_DIR

_NEEDED = ("workerd", "ws")  # by worker/dev/probe.js
_COMMAND = ("npm", "ci", "--prefix", str(WORKER_DIR), "--no-audit", "--no-fund")
SHOWN_COMMAND = "npm ci --prefix worker"
_LIMIT_S = 600


class PackagesNotInstalled(RegionctlError):
    """npm could not get what the Worker needs to run here."""

    def __init__(self, why: str) -> None:
        super().__init__(f"npm did not install the Worker's packages: {why}", hint=f"run: {SHOWN_COMMAND}")


def check_engine(context: FleetContext) -> Finding:
    """Nothing is in the way that `get_tools` gets."""
    if _is_missing(context):
        return Finding.warning("Pulumi's CLI", "not installed", "nothing: it is got first (regionctl engine install)")
    return check_pulumi(context.services.find_cli)


def get_tools(context: FleetContext, emit: Sink) -> None:
    """Gets what is missing, and says so first. Raises EngineError, PackagesNotInstalled."""
    if context.services.find_cli() is None:
        obtain(lambda said: emit(Getting(said)))
    if context.fleet.spec.target is Target.SANDBOX and not _has_packages(context.services.packages):
        emit(Getting(f"getting workerd, which runs the Worker: {SHOWN_COMMAND} (once; about half a minute)"))
        _install()


def _is_missing(context: FleetContext) -> bool:
    """Not where there is one of a version that does not work: that one is somebody's choice."""
    try:
        return context.services.find_cli() is None
    except RegionctlError:
        return False


def check_runtime(packages: Path) -> Iterator[Finding]:
    """What runs the Worker of a sandbox. Nothing is in the way that `get_tools` gets."""
    node = check_node()
    if node.level is not Level.OK:
        yield Finding.problem("Node", node.what, "install Node 20.19 or later: the deployed Worker is run with it")
        return
    yield node
    if _has_packages(packages):
        yield Finding.ok("workerd", "installed")
    elif shutil.which("npm") is None:
        what = "not installed, and there is no npm to get it"
        yield Finding.problem("workerd", what, "install npm, which comes with Node")
    else:
        yield Finding.warning("workerd", "not installed", f"nothing: it is got first ({SHOWN_COMMAND})")


def _has_packages(packages: Path) -> bool:
    return all((packages / name / "package.json").is_file() for name in _NEEDED)


def _install() -> None:
    try:
        done = subprocess.run(_COMMAND, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PackagesNotInstalled(str(error)) from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise PackagesNotInstalled(lines[0] if lines else f"exit code {done.returncode}")
