"""The fleet: its specs and secrets, and what a real cloud needs."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Sequence

from cli.context import Context
from cli.doctor.findings import Finding
from regionctl.engine.preflight import check_cloud
from regionctl.errors import RegionctlError
from regionctl.program import SecretKind, StackProgram, Target

_APIS = "cloudresourcemanager.googleapis.com"
_CONNECT_TIMEOUT_S = 5


def check_fleet(context: Context, programs: Sequence[StackProgram]) -> Iterator[Finding]:
    target = context.fleet.spec.target
    yield Finding.ok(f"fleet {context.fleet_name}", f"{len(context.fleet.regions)} regions, no errors; {target}")
    yield _secrets(context, programs)
    if target is Target.CLOUD:
        yield from check_access(programs)


def _secrets(context: Context, programs: Sequence[StackProgram]) -> Finding:
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
    return Finding.problem("secrets", what, f"run: regionctl secrets set {stack} {keys[0]}")


def check_access(programs: Sequence[StackProgram]) -> Iterator[Finding]:
    """Of a cloud fleet: credentials, and whether Google Cloud is reached with them."""
    for program in programs:
        try:
            check_cloud(program)
        except RegionctlError as error:
            yield Finding.problem(f"credentials for {program.name}", error.what, error.hint or "log in")
            break
    else:
        yield Finding.ok("credentials", "found; what they allow is asked by the first diff")
    yield _reach()
    if shutil.which("gcloud") is None:
        yield Finding.warning("gcloud", "not installed", "install the Google Cloud CLI, to log in and to look around")


def _reach() -> Finding:
    try:
        socket.create_connection((_APIS, 443), timeout=_CONNECT_TIMEOUT_S).close()
    except OSError as error:
        mend = "let this machine reach *.googleapis.com at port 443"
        return Finding.problem("Google Cloud", f"{_APIS} cannot be reached: {error.strerror or error}", mend)
    return Finding.ok("Google Cloud", f"{_APIS} answers")
