"""The fleet: its specs and secrets, and what a real cloud needs."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlsplit
from urllib.request import getproxies

from fleet.context import FleetContext
from fleet.doctor.cloud import check_cloud_fleet
from fleet.doctor.findings import Finding
from regionctl.engine.workspace import attached_by_hand
from regionctl.model.errors import RegionctlError
from regionctl.model.program import SecretKind, StackProgram, Target

_CONNECT_TIMEOUT_S = 5


def check_fleet(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    target = context.fleet.spec.target
    yield Finding.ok(f"fleet {context.fleet_name}", f"{len(context.fleet.regions)} regions, no errors; {target}")
    yield _secrets(context, programs)
    if target is Target.CLOUD:
        yield from check_access(context, programs)


def _secrets(context: FleetContext, programs: Sequence[StackProgram]) -> Finding:
    """A sandbox makes up what a human has not set; a cloud fleet's `up` is refused."""
    try:
        missing = {
            program.name: [
                key
                for key in context.records.missing_secrets(program)
                if program.secrets[key].kind is SecretKind.PROVIDED
            ]
            for program in programs
        }
    except RegionctlError as error:
        return Finding.problem("secrets", str(error), "restore the file from its backup or version control")
    lacking = {name: keys for name, keys in missing.items() if keys}
    if not lacking:
        return Finding.ok("secrets", "all that must be provided are set")
    what = "; ".join(f"{name} lacks {', '.join(keys)}" for name, keys in lacking.items())
    if context.fleet.spec.target is Target.SANDBOX:
        return Finding.ok("secrets", "a sandbox makes up those that are not set")
    stack, keys = next(iter(lacking.items()))
    return Finding.problem(
        "secrets", what, f"run: {context.command('secrets', 'set', stack.partition('.')[2], keys[0])}"
    )


def check_access(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    """Of a cloud fleet: what it needs of this machine, and whether Google Cloud is reached from here."""
    yield from check_cloud_fleet(context, programs)
    if "gcp" not in attached_by_hand():
        yield _reach(context.services.google)
    if shutil.which("gcloud") is None:
        yield Finding.warning("gcloud", "not installed", "install the Google Cloud CLI, to log in and to look around")


def _reach(google: str) -> Finding:
    """In a thread, since resolving a name has no time limit of its own."""
    proxy = urlsplit(getproxies().get("https", "")).netloc.rpartition("@")[2]
    host, _, port = proxy.partition(":") if proxy else (google, "", "443")
    told: SimpleQueue[str | None] = SimpleQueue()
    Thread(target=_connect, args=(host, int(port or 443), told), daemon=True).start()
    by = f" by the proxy {proxy}" if proxy else ""
    try:
        error = told.get(timeout=_CONNECT_TIMEOUT_S)
    except Empty:
        error = f"no answer within {_CONNECT_TIMEOUT_S} s"
    if error:
        mend = "let this machine reach *.googleapis.com at port 443"
        return Finding.problem("Google Cloud", f"{google} cannot be reached{by}: {error}", mend)
    return Finding.ok("Google Cloud", f"{proxy} answers, the proxy" if proxy else f"{google} answers")


def _connect(host: str, port: int, told: SimpleQueue[str | None]) -> None:
    try:
        socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S).close()
        told.put(None)
    except OSError as error:
        told.put(error.strerror or str(error))
