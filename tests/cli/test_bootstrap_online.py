"""What is asked of a fleet in the real clouds, over loopback and in process."""

from __future__ import annotations

import json
import shutil
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from fleet.bootstrap.probes import forged_context, probe_domain, probe_past_the_worker
from fleet.results import Probed, What
from regionctl.probes import Origin
from regionctl.probes.https import HttpsProbe
from tests.probes.tls import LOOPBACK, listening, make_certificate, replying, secured

HOST = "eu-west.origin.example.com"
ORIGIN = Origin(fleet="prod", region="eu-west", host=HOST, address=LOOPBACK)
DENIED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

Handler = Callable[[httpx.Request], httpx.Response]


def domain(handler: Handler) -> list[Probed]:
    with httpx.Client(transport=httpx.MockTransport(handler)) as client:
        return list(probe_domain(client, "app.example.com", "hint"))


def worker(request: httpx.Request) -> httpx.Response:
    forged = "X-Edge-Context" in request.headers  # docs/request-path.md
    return httpx.Response(401 if forged else 200, headers={"X-Request-Id": "1"})


def test_a_domain_that_the_worker_answers_passes() -> None:
    probes = domain(worker)
    assert [(one.what, one.passed) for one in probes] == [(What.DOMAIN, True), (What.FORGERY, True)]


def test_a_domain_that_somebody_else_answers_fails() -> None:
    plain, _ = domain(lambda _request: httpx.Response(200))
    assert (plain.passed, plain.said, plain.hint) == (False, "status 200, and not from the Worker", "hint")


def test_a_domain_that_lets_a_forger_in_fails() -> None:
    _, forged = domain(lambda _request: httpx.Response(200, headers={"X-Request-Id": "1"}))
    assert (forged.passed, forged.said) == (False, "status 200 with a credential that nobody issued")


def test_a_domain_out_of_reach_fails_with_the_reason() -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Name or service not known", request=request)

    (probe,) = domain(nobody)
    assert (probe.passed, probe.said) == (False, "Name or service not known")


def test_a_forged_context_looks_like_one() -> None:
    header, claims, signature = forged_context("eu-west").split(".")
    decoded = [json.loads(_decoded(part)) for part in (header, claims)]
    assert decoded[0]["typ"] == "context+jwt"
    assert decoded[1]["aud"] == "eu-west"
    assert len(_decoded(signature)) == 64


def _decoded(part: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make certificates with")
    return make_certificate(tmp_path_factory.mktemp("tls"), HOST)


def past_the_worker(certificate: tuple[Path, Path], answer: bytes, *, guarded: bool = True) -> Probed:
    """One connection with the edge's certificate, and one without, to a load balancer that asks for it if `guarded`."""
    shown, bare = (ssl.create_default_context(cafile=certificate[0]) for _ in range(2))
    shown.load_cert_chain(*certificate)
    clients = certificate[0] if guarded else None
    serve = secured(*certificate, replying(answer), clients=clients)
    with listening(serve) as with_it, listening(serve) as without:
        return probe_past_the_worker(
            ORIGIN,
            HttpsProbe(port=with_it, trust=shown, timeout_s=30),
            HttpsProbe(port=without, trust=bare, timeout_s=30),
        )


def test_a_region_that_refuses_a_forged_context_passes(certificate: tuple[Path, Path]) -> None:
    probe = past_the_worker(certificate, DENIED)
    assert (probe.passed, probe.said) == (True, "status 401")


def test_a_region_that_believes_a_forged_context_fails(certificate: tuple[Path, Path]) -> None:
    probe = past_the_worker(certificate, OK)
    assert (probe.passed, probe.said) == (False, "status 200")
    assert probe.hint is not None
    assert "regionctl outputs eu-west" in probe.hint


def test_a_region_that_takes_anybody_fails(certificate: tuple[Path, Path]) -> None:
    probe = past_the_worker(certificate, DENIED, guarded=False)
    assert (probe.passed, probe.said) == (False, "status 401; without the edge's certificate status 401")
