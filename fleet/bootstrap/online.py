"""What can be asked of a fleet in the real clouds without a user's credential.

    each region's origin answers, to the edge's own certificate
    the public domain answers, and it is the Worker that does
    a forged context is refused: by the Worker, and by each region past it

Where a sample request goes is not asked: a client is never told which region answered.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.bootstrap.probes import probe_origins
from fleet.bootstrap.verdicts import DENIED, Probed, What
from fleet.context import FleetContext
from fleet.deployed import origin
from regionctl.model.program import StackKind
from regionctl.probes import Origin
from regionctl.probes.https import HttpsProbe
from stacks.secret_slots import CLIENT_CERTIFICATE, CLIENT_KEY
from stacks.table import in_table

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 10.0
CONTEXT = "X-Edge-Context"  # docs/request-path.md
REQUEST_ID = "x-request-id"
_SERVER_ERROR = 500
_LIFETIME_S = 90


def probe_online(context: FleetContext) -> Iterator[Probed]:
    """Raises NotApplied, DamagedState."""
    import httpx

    edge = context.one(StackKind.EDGE)
    certificate, key = (context.records.show_secret(edge, name) for name in (CLIENT_CERTIFICATE, CLIENT_KEY))
    shown = HttpsProbe(trust=_client(certificate, key))
    yield from probe_origins(context, shown)
    routed = [origin(context, context.one(region.name)) for region in in_table(context.fleet.regions.values())]
    if not routed:
        return
    with httpx.Client(timeout=TIMEOUT_S) as client:
        hint = f"apply it again: {context.command('up', StackKind.EDGE, '--refresh')}"
        yield from probe_domain(client, context.fleet.spec.domain, hint)
    for one in routed:
        yield probe_past_the_worker(one, shown, HttpsProbe())


def probe_domain(client: httpx.Client, domain: str, hint: str) -> Iterator[Probed]:
    """Whether the Worker answers at the public domain, and lets nobody in on a forged context."""
    import httpx

    try:
        plain = client.get(f"https://{domain}/")
        forged = client.get(
            f"https://{domain}/", headers={CONTEXT: forged_context("any"), "Authorization": "Bearer nobody.issued.it"}
        )
    except httpx.HTTPError as error:
        yield Probed(what=What.DOMAIN, subject=domain, passed=False, said=str(error), hint=hint)
        return
    answers = plain.status_code < _SERVER_ERROR and REQUEST_ID in plain.headers
    said = f"status {plain.status_code}" + ("" if REQUEST_ID in plain.headers else ", and not from the Worker")
    yield Probed(what=What.DOMAIN, subject=domain, passed=answers, said=said, hint=None if answers else hint)
    refused = forged.status_code == DENIED
    said = f"status {forged.status_code} with a credential that nobody issued"
    subject = f"{domain}, through the Worker"
    yield Probed(what=What.FORGERY, subject=subject, passed=refused, said=said, hint=None if refused else hint)


def probe_past_the_worker(at: Origin, shown: HttpsProbe, bare: HttpsProbe) -> Probed:
    """Whether a region refuses a forged context. `shown` shows the edge's certificate, `bare` none."""
    headers = {CONTEXT: forged_context(at.region)}
    subject = f"{at.region}, past the Worker"
    try:
        status, without = shown.status(at, headers), bare.status(at, headers)
    except (OSError, http.client.HTTPException) as error:
        hint = f"see what its services say: {at.command('outputs', at.region)}"
        return Probed(what=What.FORGERY, subject=subject, passed=False, said=f"no answer: {error}", hint=hint)
    passed = status == DENIED and without is None
    told = "the edge's certificate is refused" if status is None else f"status {status}"
    if without is not None:
        told += f"; without the edge's certificate status {without}"
    hint = f"see what its services say: {at.command('outputs', at.region)}"
    return Probed(what=What.FORGERY, subject=subject, passed=passed, said=told, hint=None if passed else hint)


def forged_context(region: str) -> str:
    """A context for the region (docs/request-path.md), signed with a key that nobody published."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    now = int(time.time())
    claims = {"iss": "auth", "aud": region, "sub": "forger", "workspace": None, "version": 1, "kind": "bearer"}
    times = {"iat": now, "nbf": now, "exp": now + _LIFETIME_S}
    signed = f"{_part({'alg': 'EdDSA', 'typ': 'context+jwt', 'kid': 'forged'})}.{_part({**claims, **times})}"
    return f"{signed}.{_base64(Ed25519PrivateKey.generate().sign(signed.encode()))}"


def _part(value: Any) -> str:
    return _base64(json.dumps(value).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _client(certificate: str, key: str) -> ssl.SSLContext:
    """A client that shows the certificate. Python reads a key from a file alone: a private one, gone at once."""
    trust = ssl.create_default_context()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "client.pem"
        file.touch(mode=0o600)
        file.write_text(f"{certificate}\n{key}", encoding="utf-8")
        trust.load_cert_chain(file)
    return trust
