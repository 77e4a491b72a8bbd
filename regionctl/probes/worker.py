"""Runs a Worker as it was deployed on this machine, before doubles of what it talks to.

    ask_worker(script, worker, sites, requests)    where it sends the requests, and what becomes of forged contexts

Modules and bindings are those of the deployment, secrets and client certificate among them. The auth service and the
regions are test doubles on loopback, whose load balancer's part is real: TLS that asks for the client's certificate.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command

if TYPE_CHECKING:
    from regionctl.sandbox.cloudflare.deployed import Binding, DeployedWorker

LIMIT_S = 120.0
# https://nodejs.org/api/errors.html, of `require` and of `import`
_NO_PACKAGE = "MODULE_NOT_FOUND"
_ERROR = re.compile(r"(?:^|\s)\w*Error(?: \[\w+\])?: ")
_CERTIFICATE_LIFETIME = timedelta(days=1)
_CLOCK_SKEW = timedelta(minutes=5)


class NotRun(RegionctlError):
    """The Worker could not be run here; nothing is said about it."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a region is reached, and the authority (PEM) of the clients that it lets in."""

    host: str
    client_authority: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request. `home` is the region of the client's workspace; without one the other signs count. `flow` is the
    client's key, by which one of a locality's regions is drawn. `key` is that of a public request, of this `kind`, and
    leads to a workspace in `home`; whether it stands in `path` or in `headers` is all the same.
    """

    name: str
    home: str | None = None
    choice: str | None = None
    time_zone: str | None = None
    country: str | None = None
    flow: str | None = None
    path: str = "/"
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`code` says why there is none of a region; `status` is 0 where the connection failed. Where a region answered:
    whom it took the client for, and for which `placement` it was chosen."""

    status: int
    code: str | None
    region: str | None
    user: str | None
    placement: str | None


@dataclass(frozen=True, kw_only=True)
class Forged:
    """What became of a context that nobody signed: beside a member's own credential (`known`), beside one that nobody
    issued (`unknown`), past the Worker with the edge's certificate (`straight`) and without any (`bare`)."""

    known: Answer
    unknown: Answer
    straight: Answer
    bare: Answer


@dataclass(frozen=True, kw_only=True)
class Answers:
    """`requests` by name, `forged` by region."""

    requests: Mapping[str, Answer]
    forged: Mapping[str, Forged]


def user_of(request: str) -> str:
    """The user whom the auth service's double gives for the credential of a request."""
    return f"user-of-{request}"


def member_of(region: str) -> str:
    """The user beside whose credential a forged context is sent."""
    return f"member-of-{region}"


def ask_worker(script: Path, worker: DeployedWorker, sites: Mapping[str, Site], requests: Sequence[Asked]) -> Answers:
    """Runs the Worker by `script` (worker/dev/probe.js), with the regions' sites by name. Raises NotRun."""
    question = {
        "deployed": _deployed(worker),
        "sites": {name: _site(site) for name, site in sites.items()},
        "requests": [asdict(request) for request in requests],
    }
    said = _run(script, json.dumps(question))
    return Answers(
        requests={name: Answer(**answer) for name, answer in said["requests"].items()},
        forged={
            region: Forged(**{part: Answer(**answer) for part, answer in parts.items()})
            for region, parts in said["forged"].items()
        },
    )


def _run(script: Path, question: str) -> Any:
    """In a process group of its own, so that what it started ends with it."""
    node = shutil.which("node")
    if node is None:
        raise NotRun("Node is not installed", hint="install Node 20.19 or later, which runs the Worker here")
    with subprocess.Popen(
        [node, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(question, timeout=LIMIT_S)
        except BaseException as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise NotRun(f"the Worker did not answer within {LIMIT_S:g} s") from error
            raise
    if process.returncode:
        hint = "run: npm ci --prefix worker" if _NO_PACKAGE in err else None
        raise NotRun(f"the Worker does not run here: {_reason(err)}", hint=hint)
    return json.loads(out)


def _reason(err: str) -> str:
    """The line of Node's that says what is wrong, without the source around it."""
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    return next(filter(_ERROR.search, lines), lines[-1] if lines else "it said nothing")


def _deployed(worker: DeployedWorker) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {"texts": {}, "json": {}, "certificates": {}}
    stores = []
    for binding in worker.bindings:
        match binding.type:
            case "plain_text" | "secret_text":
                found["texts"][binding.name] = binding.properties["text"]
            case "json":
                found["json"][binding.name] = json.loads(binding.properties["json"])
            case "mtls_certificate":
                found["certificates"][binding.name] = _key_pair(binding)
            case "kv_namespace":
                stores.append(binding.name)
            case other:
                raise NotRun(f"a binding of type {other} cannot be had here: {binding.name}")
    script = [{"name": name, "contents": module.content.decode()} for name, module in worker.modules.items()]
    compatibility = {"date": worker.compatibility_date, "flags": list(worker.compatibility_flags)}
    return {"script": script, "compatibility": compatibility, "stores": stores, **found}


def _key_pair(binding: Binding) -> dict[str, str]:
    if binding.certificate is None:
        raise NotRun(
            f"the certificate of the binding {binding.name} is gone", hint=f"run: {command('up', 'edge', '--refresh')}"
        )
    return {"certificate": binding.certificate.certificate, "privateKey": binding.certificate.private_key}


def _site(site: Site) -> dict[str, Any]:
    return {"host": site.host, "server": _server_key_pair(site.host), "clients": site.client_authority}


def _server_key_pair(host: str) -> dict[str, str]:
    """A certificate for the host, which is its own authority, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _CERTIFICATE_LIFETIME)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {"certificate": certificate.public_bytes(Encoding.PEM).decode(), "privateKey": private.decode()}
