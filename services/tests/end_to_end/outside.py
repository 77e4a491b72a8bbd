"""What the fleet talks to besides itself: Google's tokens, a mail server, Redis and a bucket for each region."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from threading import Condition, Thread
from typing import Any

import fakeredis
import uvicorn
from gcp_storage_emulator.server import create_server
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.processes import free_port

BUCKET = "uploads"
_CODE = re.compile(r"\b(\d{6})\b")


class Google:
    """The metadata server of one account, and the certificates of who signs its tokens."""

    def __init__(self, email: str, key: RSAKey) -> None:
        self._email, self._key = email, key

    def app(self) -> Starlette:
        account = "/computeMetadata/v1/instance/service-accounts/default"
        return Starlette(routes=[Route("/certs", self._certs), Route(f"{account}/identity", self._identity)])

    async def _certs(self, _: Request) -> Response:
        return JSONResponse({"keys": [{**self._key.as_dict(private=False), "kid": "google"}]})

    async def _identity(self, request: Request) -> Response:
        if request.headers.get("metadata-flavor") != "Google":
            return Response(status_code=403)
        now = int(time.time())
        claims = {"iss": "https://accounts.google.com", "aud": request.query_params["audience"], "sub": "1"}
        said = {"email": self._email, "email_verified": True, "iat": now, "exp": now + 3600}
        header = {"alg": "RS256", "kid": "google", "typ": "JWT"}
        return PlainTextResponse(jwt.encode(header, {**claims, **said}, self._key))


class Mailbox:
    """An SMTP server (RFC 5321) that keeps what it gets."""

    def __init__(self) -> None:
        self._mails: list[tuple[str, str]] = []
        self._came = Condition()

    def code(self, recipient: str, within_s: float = 10) -> str:
        """Of the last mail to this address, which may still be on its way; it is taken out."""
        deadline = time.monotonic() + within_s
        with self._came:
            while True:
                for mail in reversed(self._mails):
                    if mail[0] == recipient and (found := _CODE.search(mail[1])) is not None:
                        self._mails.remove(mail)
                        return found[1]
                if not self._came.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"no mail with a code came to {recipient}")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail\r\n")
        recipient = ""
        try:
            while line := await reader.readline():
                verb = line[:4].upper().strip()
                if verb == b"RCPT":
                    recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                if verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    self._keep(recipient, await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
                if verb == b"QUIT":
                    break
        finally:
            writer.close()

    def _keep(self, recipient: str, raw: bytes) -> None:
        body = message_from_bytes(raw, policy=policy.default).get_body()
        with self._came:
            self._mails.append((recipient, body.get_content() if body is not None else ""))
            self._came.notify_all()


class Loop:
    """An event loop in a thread, for what is served from this process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[tuple[uvicorn.Server, socket.socket, Any]] = []
        self._mail: asyncio.Server | None = None
        self._thread.start()

    def serve(self, app: Starlette) -> str:
        """Its address."""
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, loop="none")
        server, bound = uvicorn.Server(config), config.bind_socket()
        future = asyncio.run_coroutine_threadsafe(server._serve([bound]), self._loop)  # `serve` takes signals
        self._servers.append((server, bound, future))
        return f"127.0.0.1:{bound.getsockname()[1]}"

    def serve_mail(self, mailbox: Mailbox) -> int:
        """Its port."""
        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(mailbox.serve, "127.0.0.1", 0), self._loop)
        self._mail = started.result()
        port: int = self._mail.sockets[0].getsockname()[1]
        return port

    def stop(self) -> None:
        for server, bound, future in self._servers:
            server.should_exit = True
            future.result(10)
            bound.close()
        if self._mail is not None:
            self._loop.call_soon_threadsafe(self._mail.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextmanager
def redis() -> Iterator[int]:
    """Its port."""
    server = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def bucket() -> Iterator[str]:
    """Google Cloud Storage, in memory, with one bucket; its origin."""
    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET)
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
