"""An origin of the real clouds answers, or says in which way it does not."""

from __future__ import annotations

import shutil
import socket
import ssl
from pathlib import Path

import pytest

from regionctl.probes import NotAnswering, Origin, ProbeResult, require
from regionctl.probes.https import HttpsProbe
from tests.probes.tls import LOOPBACK, Answer, listening, make_certificate, replying, secured

HOST = "eu-west.origin.example.com"
ORIGIN = Origin(fleet="prod", region="eu-west", host=HOST, address=LOOPBACK)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make certificates with")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), HOST)


def ask(
    certificate: tuple[Path, Path],
    answer: Answer,
    *,
    clients: Path | None = None,
    host: str = HOST,
    timeout_s: float = 30,
) -> ProbeResult:
    trust = ssl.create_default_context(cafile=certificate[0])
    with listening(secured(*certificate, answer, clients=clients)) as port:
        origin = Origin(fleet="prod", region="eu-west", host=host, address=LOOPBACK)
        return HttpsProbe(port=port, trust=trust, timeout_s=timeout_s)(origin)


@pytest.mark.parametrize("status", [200, 301, 404, 421])
def test_an_origin_that_speaks_http_answers(certificate: tuple[Path, Path], status: int) -> None:
    result = ask(certificate, replying(OK.replace(b"200", str(status).encode())))
    assert (result.answers, result.said) == (True, f"HTTP status {status}")


def test_a_refusal_for_want_of_the_edge_s_certificate_is_an_answer(certificate: tuple[Path, Path]) -> None:
    result = ask(certificate, replying(OK), clients=certificate[0])
    assert (result.answers, result.said) == (True, "it asks for the edge's client certificate")


def test_a_server_error_is_no_answer(certificate: tuple[Path, Path]) -> None:
    result = ask(certificate, replying(OK.replace(b"200", b"503")))
    assert (result.answers, result.said) == (False, "HTTP status 503")


def test_what_is_no_http_is_no_answer(certificate: tuple[Path, Path]) -> None:
    result = ask(certificate, replying(b"220 mail.example.com ESMTP\r\n"))
    assert (result.answers, result.said) == (False, "what it says is not HTTP")


def test_a_certificate_for_another_host_is_no_answer(certificate: tuple[Path, Path]) -> None:
    result = ask(certificate, replying(OK), host="us-east.origin.example.com")
    assert not result.answers
    assert "its certificate is not valid" in result.said
    assert result.hint is not None
    assert "regionctl up edge" in result.hint


def test_a_certificate_that_nobody_vouches_for_is_no_answer(certificate: tuple[Path, Path]) -> None:
    with listening(secured(*certificate, replying(OK))) as port:
        result = HttpsProbe(port=port)(ORIGIN)
    assert not result.answers


def test_an_origin_that_takes_too_long_is_no_answer(certificate: tuple[Path, Path]) -> None:
    with socket.create_server((LOOPBACK, 0)) as never_accepts:
        port = never_accepts.getsockname()[1]
        result = HttpsProbe(port=port, timeout_s=0.05)(ORIGIN)
    assert (result.answers, result.said) == (False, f"nothing within 0.05 s at {LOOPBACK}")


def test_a_closed_port_is_no_answer() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
    result = HttpsProbe(port=port)(ORIGIN)
    assert (result.answers, result.said) == (False, f"Connection refused at {LOOPBACK}")


def test_the_gate_names_every_origin_that_is_silent() -> None:
    loud = ProbeResult(origin=ORIGIN, answers=True, said="HTTP status 200")
    silent = ProbeResult(origin=ORIGIN, answers=False, said="HTTP status 503", hint="mend it")
    require([loud])
    with pytest.raises(NotAnswering) as error:
        require([loud, silent, silent])
    assert error.value.results == (silent, silent)
    assert error.value.exit_code == 4
