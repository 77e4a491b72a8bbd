"""Checks the machine: what is installed, and whether it can do the work."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from fleet.results import Finding
from regionctl.engine import PulumiCli
from regionctl.model.errors import RegionctlError

PYTHON = (3, 11)
NODE = 20
ENOUGH_DISK_GB = 1.0
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^;\s]+)$")
_INSTALL = "run: make up (it installs what requirements.lock says)"


def check_machine(find: Callable[[], PulumiCli | None]) -> Iterator[Finding]:
    """`find` finds Pulumi's CLI."""
    yield from check_host()
    yield check_pulumi(find)
    yield check_node()


def check_host() -> Iterator[Finding]:
    """What nothing can do without, and no command of ours can get."""
    yield _python()
    yield _packages()
    yield _loopback()
    yield _disk()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        return Finding.problem("Python", version, "install Python 3.11 or later")
    return Finding.ok("Python", version)


def _packages() -> Finding:
    """The packages that the project pins, at the versions it pins."""
    try:
        wanted = metadata.requires("regionctl") or []
    except metadata.PackageNotFoundError:
        return Finding.problem("packages", "regionctl itself is not installed", _INSTALL)
    pins = [match for match in map(_PINNED.match, wanted) if match]
    wrong = [f"{pin['name']} {_installed(pin['name'])}, not {pin['version']}" for pin in pins if _differs(pin)]
    if wrong:
        return Finding.problem("packages", "; ".join(wrong), _INSTALL)
    return Finding.ok("packages", f"{len(pins)} at the versions that the project pins")


def _differs(pin: re.Match[str]) -> bool:
    return _installed(pin["name"]) != pin["version"]


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "is missing"


def check_pulumi(find: Callable[[], PulumiCli | None]) -> Finding:
    try:
        cli = find()
    except RegionctlError as error:
        return Finding.problem("Pulumi's CLI", error.what, error.hint or "run: regionctl engine install")
    if cli is None:
        return Finding.problem("Pulumi's CLI", "not installed", "run: regionctl engine install")
    return Finding.ok("Pulumi's CLI", f"{cli.version}, {cli.path}")


def _loopback() -> Finding:
    """The engine, the programs and the emulated clouds talk over it."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        mend = "allow connections to 127.0.0.1 in the firewall or container"
        return Finding.problem("loopback", error.strerror or str(error), mend)
    return Finding.ok("loopback", "connects")


def _disk() -> Finding:
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    if free_gb < ENOUGH_DISK_GB:
        return Finding.warning("disk", f"{free_gb:.1f} GB free", "free some: state that cannot be written is lost")
    return Finding.ok("disk", f"{free_gb:.0f} GB free")


def check_node() -> Finding:
    """The Worker's tests and its local server need it; stacks do not."""
    mend = f"install Node {NODE} or later, to work on the Worker"
    node = shutil.which("node")
    if node is None:
        return Finding.warning("Node", "not installed", mend)
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
        major = int(said.strip().removeprefix("v").partition(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return Finding.warning("Node", f"{node} does not say its version", mend)
    if major < NODE:
        return Finding.warning("Node", said.strip(), mend)
    return Finding.ok("Node", said.strip())
