"""The probe of the real clouds: one HTTPS request to the load balancer's address."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from types import MappingProxyType

from regionctl.probes import Origin, ProbeResult

HTTPS = 443
TIMEOUT_S = 5.0
_SERVER_ERROR = 500


class HttpsProbe:
    """Asks `https://<host>/` at the origin's address, whatever DNS says of the host yet.

    The load balancer must prove by its certificate that it is the host. What lies behind it shows only to a client with
    the edge's certificate: a refusal for want of one is an answer, from a load balancer that guards what it should. In
    TLS 1.3 that refusal comes after the server's certificate was checked (RFC 8446, section 4.4.2.4), so nothing older
    is spoken. Any HTTP status below 500 is an answer. `timeout_s` holds for each step: connecting, TLS, the answer.
    """

    def __init__(self, *, timeout_s: float = TIMEOUT_S, port: int = HTTPS, trust: ssl.SSLContext | None = None) -> None:
        self._timeout_s = timeout_s
        self._port = port
        self._trust = trust or ssl.create_default_context()
        self._trust.minimum_version = ssl.TLSVersion.TLSv1_3

    def __call__(self, origin: Origin) -> ProbeResult:
        try:
            with socket.create_connection((origin.address, self._port), self._timeout_s) as connection:
                return self._ask(connection, origin)
        except ssl.SSLCertVerificationError as error:
            hint = f"it is issued some minutes after {origin.command('up', 'edge')} made its DNS record"
            return _silent(origin, f"its certificate is not valid: {error.verify_message}", hint)
        except TimeoutError:
            return _silent(origin, f"nothing within {self._timeout_s:g} s at {origin.address}")
        except OSError as error:
            return _silent(origin, f"{error.strerror or error} at {origin.address}")

    def status(self, origin: Origin, headers: Mapping[str, str]) -> int | None:
        """Of one request with these headers; None where the load balancer refuses the client. Raises OSError,
        HTTPException."""
        with (
            socket.create_connection((origin.address, self._port), self._timeout_s) as connection,
            self._trust.wrap_socket(connection, server_hostname=origin.host) as secure,
        ):
            try:
                return _status(secure, origin.host, headers)
            except TimeoutError:
                raise
            except (ssl.SSLError, ConnectionError):
                return None

    def _ask(self, connection: socket.socket, origin: Origin) -> ProbeResult:
        with self._trust.wrap_socket(connection, server_hostname=origin.host) as secure:
            try:
                status = _status(secure, origin.host)
            except TimeoutError:
                raise
            except (ssl.SSLError, ConnectionError):
                return ProbeResult(origin=origin, answers=True, said="it asks for the edge's client certificate")
            except http.client.HTTPException:
                return _silent(origin, "what it says is not HTTP")
        if status >= _SERVER_ERROR:
            return _silent(
                origin,
                f"HTTP status {status}",
                f"see what its services say: {origin.command('outputs', origin.region)}",
            )
        return ProbeResult(origin=origin, answers=True, said=f"HTTP status {status}")


def _status(secure: ssl.SSLSocket, host: str, headers: Mapping[str, str] = MappingProxyType({})) -> int:
    """Of `GET /`. Raises HTTPException, OSError."""
    fields = {"Host": host, "Connection": "close", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    secure.sendall(f"GET / HTTP/1.1\r\n{lines}\r\n".encode())
    response = http.client.HTTPResponse(secure)
    try:
        response.begin()
        return response.status
    finally:
        response.close()


def _silent(origin: Origin, said: str, hint: str | None = None) -> ProbeResult:
    way = hint or f"apply it again: {origin.command('up', origin.region)}"
    return ProbeResult(origin=origin, answers=False, said=said, hint=way)
