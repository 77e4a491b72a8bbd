"""What works in the end: each region answers, sample requests go where they should, forged contexts get nobody in.

In a sandbox the Worker is the one that the emulated Cloudflare holds, run here; the auth service and the regions behind
it are test doubles, since emulated clouds run no services.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.context import FleetContext
from fleet.deployed import NotApplied, origin
from fleet.results import Probed, What
from fleet.routing import Destination, sample_of, samples
from regionctl.model.errors import CheckFailed
from regionctl.model.program import StackKind, StackProgram
from regionctl.probes import Origin, Probe, ProbeResult
from regionctl.probes.emulated import EmulatedProbe
from regionctl.probes.https import HttpsProbe
from regionctl.probes.worker import Answer, Asked, Forged, Site, ask_worker, member_of, user_of
from regionctl.sandbox.cloudflare.deployed import deployed_worker
from regions.names import edge_names
from regions.spec import Lifecycle
from stacks.public_list import PublicList, public_list
from stacks.public_routing import Found, destination, find_sample, public_sample
from stacks.routing import Reason, Routed, Sample, shown
from stacks.secret_slots import CLIENT_CERTIFICATE, CLIENT_KEY, EDGE_CLIENT_CA
from stacks.table import in_table, table
from stacks.worker_code import WORKER_DIR

if TYPE_CHECKING:
    import httpx


ACCEPTED, DENIED, REFUSED_CONTEXT = 202, 401, "invalid_context"  # docs/request-path.md


class ProbesFailed(CheckFailed):
    """The environment stands, and something in it does not do what it should. `probes` are those that failed."""

    def __init__(self, probes: tuple[Probed, ...], count: int) -> None:
        self.probes = probes
        hint = next((probe.hint for probe in probes if probe.hint), None)
        super().__init__(f"{len(probes)} of {count} probes did not pass", hint=hint)


def of_origin(result: ProbeResult) -> Probed:
    return Probed(
        what=What.ORIGIN, subject=result.origin.region, passed=result.answers, said=result.said, hint=result.hint
    )


def of_request(name: str, expected: Destination, answer: Answer, hint: str) -> Probed:
    """`expected` is what the specs' table says of the request."""
    if not isinstance(expected, Routed):
        passed = answer.code == expected
    elif expected.reason is Reason.DELIVERED:
        passed = answer.status == ACCEPTED
    elif expected.reason is Reason.HOME:
        passed = answer.region in expected.regions and answer.user == user_of(name)
    else:
        passed = answer.region in expected.regions and answer.placement == expected.reason
    wanted = shown(expected) if isinstance(expected, Routed) else expected
    return Probed(
        what=What.REQUEST,
        subject=name,
        passed=passed,
        said=_answered(expected, answer) if passed else f"{_came_back(answer)}; the specs say {wanted}",
        hint=None if passed else hint,
    )


def of_forged(region: str, forged: Forged, gap: str | None, hint: str, again: str) -> tuple[Probed, Probed]:
    """Through the Worker, and past it. `gap`: why the deployed load balancer would let a stranger in, which `again`
    mends."""
    dropped = (forged.known.region, forged.known.user) == (region, member_of(region))
    denied = forged.unknown.status == DENIED and forged.unknown.region is None
    refused = forged.straight.status == DENIED and forged.straight.code == REFUSED_CONTEXT
    kept_out = forged.bare.status == 0
    through = _forgery(
        f"{region}, through the Worker",
        passed=dropped and denied,
        good="taken off a member's request; refused with a credential that nobody issued",
        bad=f"a member: {_came_back(forged.known)}; nobody's credential: {_came_back(forged.unknown)}",
        hint=hint,
    )
    past = _forgery(
        f"{region}, past the Worker",
        passed=refused and kept_out and gap is None,
        good="refused; without the edge's certificate there is no connection",
        bad=gap or f"with the edge's certificate: {_came_back(forged.straight)}; without: {_came_back(forged.bare)}",
        hint=again if gap else hint,
    )
    return through, past


def _forgery(subject: str, *, passed: bool, good: str, bad: str, hint: str) -> Probed:
    said = good if passed else bad
    return Probed(what=What.FORGERY, subject=subject, passed=passed, said=said, hint=None if passed else hint)


def _answered(expected: Destination, answer: Answer) -> str:
    if not isinstance(expected, Routed):
        return f"refused, as it should be: {expected}"
    if len(expected.regions) > 1 and expected.reason is not Reason.DELIVERED:
        return f"{answer.region}, of {shown(expected)}"
    return shown(expected)


def _came_back(answer: Answer) -> str:
    if answer.region and answer.status < 400:
        return f"{answer.region} took it for {answer.user}" + (f" ({answer.placement})" if answer.placement else "")
    if answer.status == 0:
        return f"no connection ({answer.code})"
    return f"status {answer.status}" + (f" {answer.code}" if answer.code else "")


SCRIPT = WORKER_DIR / "dev" / "probe.js"


def probe_origins(context: FleetContext, ask: Probe) -> Iterator[Probed]:
    """Whether each region that is not closed answers. Raises DamagedState."""
    for region in context.fleet.regions.values():
        if region.lifecycle is not Lifecycle.CLOSED:
            yield _origin(context, context.one(region.name), ask)


def probe_sandbox(context: FleetContext) -> Iterator[Probed]:
    """Raises NotRun, NoSuchWorker, NotApplied, DamagedState."""
    emulated = EmulatedProbe(context.sandbox_data)
    yield from probe_origins(context, emulated)
    yield from _worker(context, emulated)


def _worker(context: FleetContext, emulated: EmulatedProbe) -> Iterator[Probed]:
    """What the deployed Worker does. Nothing where no region is routed to: then there is none."""
    spec, regions = context.fleet.spec, context.fleet.regions.values()
    routed = [context.one(region.name) for region in in_table(regions)]
    if not routed:
        return
    requests = samples(context)
    worker = deployed_worker(context.sandbox_data, spec.edge.account_id, edge_names(spec).script)
    listed = public_list(spec)
    asked = [asked_of(name, sample_of(request, name), listed) for name, request in requests.items()]
    origins = {one.region: one for one in (origin(context, program) for program in routed)}
    authorities = _authorities(context, routed)
    sites = {name: Site(host=one.host, client_authority=authorities[name]) for name, one in origins.items()}
    answers = ask_worker(SCRIPT, worker, sites, asked)
    hint = f"see what differs: {context.command('diff', StackKind.EDGE)}"
    routes = table(spec, regions)
    for name, request in requests.items():
        yield of_request(name, destination(routes, listed, sample_of(request, name)), answers.requests[name], hint)
    for region, forged in answers.forged.items():
        gap = emulated.gap(origins[region], authorities[region])
        again = f"apply it again: {context.command('up', region, '--refresh')}"
        yield from of_forged(region, forged, gap, hint, again)


def asked_of(name: str, sample: Sample, listed: PublicList) -> Asked:
    """The request of a sample as it is sent to a Worker, with the key that its double of the auth service must know."""
    signs = Asked(
        name=name,
        home=sample.home,
        choice=sample.choice,
        time_zone=sample.time_zone,
        country=sample.country,
        flow=sample.flow,
    )
    if sample.path is None:
        return signs
    sent, found = public_sample(sample), find_sample(listed, sample)
    signs = replace(signs, path=sent.path + (f"?{sent.query}" if sent.query else ""))
    if not isinstance(found, Found):
        return signs
    headers = {found.request.header: sent.header} if found.request.header and sent.header else {}
    method = "POST" if found.request.deliver else "GET"
    return replace(signs, method=method, headers=headers, kind=found.request.kind, key=found.key)


def _origin(context: FleetContext, program: StackProgram, ask: Probe) -> Probed:
    try:
        return of_origin(ask(origin(context, program)))
    except NotApplied as error:
        region = str(program.region)
        return Probed(what=What.ORIGIN, subject=region, passed=False, said=error.what, hint=error.hint)


def _authorities(context: FleetContext, programs: Sequence[StackProgram]) -> dict[str, str]:
    """Whose clients each region lets in, as its stack's config says."""

    def authority(program: StackProgram) -> str:
        return context.records.show_secret(program, EDGE_CLIENT_CA)

    with ThreadPoolExecutor() as pool:  # each is a call of Pulumi's CLI
        found = pool.map(authority, programs)
        return {str(program.region): pem for program, pem in zip(programs, found, strict=True)}


# What can be asked of a fleet in the real clouds without a user's credential.
#
#     each region's origin answers, to the edge's own certificate
#     the public domain answers, and it is the Worker that does
#     a forged context is refused: by the Worker, and by each region past it
#
# Where a sample request goes is not asked: a client is never told which region answered.

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
