"""The WebSocket's way in: who may open one, and the socket itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from kit.web import Check, application
from product.access import DeclaredSocket, Session
from product.sync import session as sessions
from product.sync.hub import Hub
from product.sync.log import WorkspaceGone
from product.sync.protocol import SUBPROTOCOL, Close, Position
from product.sync.session import Disconnected, Pace


@dataclass(frozen=True)
class Admitted:
    """Whose socket it is. `check` says later whether it still may be open; None: it may."""

    workspace: str
    account: str
    check: Callable[[], Awaitable[Close | None]]


class Door(Protocol):
    async def admit(self, connection: HTTPConnection) -> Admitted | Response:
        """Who comes in, or the answer to whoever does not."""


def make_app(hub: Hub, door: Door, checks: Mapping[str, Check], pace: Pace) -> Starlette:
    async def sync(socket: WebSocket) -> None:
        asked = refusal(503, "draining", {"Retry-After": "1"}) if hub.is_draining else _asked(socket)
        if isinstance(asked, Response):
            await socket.send_denial_response(asked)
            return
        admitted = await door.admit(socket)
        if isinstance(admitted, Response):
            await socket.send_denial_response(admitted)
        else:
            await _serve(socket, admitted, asked.position)

    async def _serve(socket: WebSocket, admitted: Admitted, position: Position | None) -> None:
        try:
            async with hub.join(admitted.workspace) as channel:
                await socket.accept(subprotocol=SUBPROTOCOL)
                session = sessions.Session(_StarletteWire(socket), channel, position, admitted.check, pace)
                await hub.run(session, workspace=admitted.workspace, account=admitted.account)
        except WorkspaceGone:
            await socket.send_denial_response(refusal(404, "unknown_workspace"))

    async def stays() -> bool:
        return not hub.is_draining

    return application([DeclaredSocket("/sync", sync, access=Session())], checks={**checks, "stays": stays})


def refusal(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": code}}, status, headers={"Cache-Control": "no-store", **(headers or {})})


@dataclass(frozen=True)
class _Asked:
    position: Position | None


def _asked(socket: WebSocket) -> _Asked | Response:
    if SUBPROTOCOL not in socket.scope["subprotocols"]:
        return refusal(400, "unknown_subprotocol")
    if not _is_of_this_site(socket):
        return refusal(403, "foreign_origin")
    after = socket.query_params.get("after")
    try:
        return _Asked(None if after is None else Position.parse(after))
    except ValueError:
        return refusal(400, "malformed_position")


def _is_of_this_site(connection: HTTPConnection) -> bool:
    """Browsers open a WebSocket with cookies from any page, and say which one it was (RFC 6455, 10.2)."""
    origin = connection.headers.get("origin")
    host = connection.headers.get("x-forwarded-host") or connection.headers.get("host", "")
    scheme = connection.headers.get("x-forwarded-proto") or connection.url.scheme.replace("ws", "http")
    return origin is None or origin == f"{scheme}://{host}"


class _StarletteWire:
    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> str | None:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise Disconnected
        text: str | None = message.get("text")
        return text

    async def send(self, text: str) -> None:
        try:
            await self._socket.send_text(text)
        except WebSocketDisconnect as error:
            raise Disconnected from error

    async def close(self, code: int, reason: str) -> None:
        try:
            await self._socket.close(code, reason)
        except (WebSocketDisconnect, RuntimeError) as error:  # Starlette raises RuntimeError after a disconnect
            raise Disconnected from error
