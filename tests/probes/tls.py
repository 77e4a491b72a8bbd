"""Load balancers on the loopback: certificates made for a test by openssl, one connection each."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"

Answer = Callable[[ssl.SSLSocket], None]


def make_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    certificate, key = folder / f"{host}.pem", folder / f"{host}.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    name = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-days", "2"]
    subprocess.run([*command, *files, *name], check=True, capture_output=True)
    return certificate, key


@contextlib.contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Takes one connection and gives it to `serve`; yields the port."""
    with socket.create_server((LOOPBACK, 0)) as server:
        thread = threading.Thread(target=_take_one, args=(server, serve))
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def _take_one(server: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    connection, _ = server.accept()
    with connection:
        serve(connection)


def secured(
    certificate: Path, key: Path, answer: Answer, *, clients: Path | None = None
) -> Callable[[socket.socket], None]:
    """Speaks TLS; with `clients` it asks for a client certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            answer(secure)

    return serve


def replying(text: bytes) -> Answer:
    def answer(secure: ssl.SSLSocket) -> None:
        secure.recv(4096)
        secure.sendall(text)

    return answer
