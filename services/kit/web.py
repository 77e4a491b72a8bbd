"""What every HTTP service answers alike.

    app = application(routes, checks={"database": database.ready}, lifespan=lifespan)

- `X-Request-Id` is taken from the Worker, or made; it is in the answer, the error document and the log.
- Errors are one document, {"error": {"code", "message", "request_id"}} (docs/request-path.md); raise `Problem`.
- Bodies end at a limit (413), header fields too (431).
- /healthz: the process runs. /readyz: its checks pass; else 503 with the names of those that fail.
- A line of JSON a request: the route's pattern, never the path, which may hold a key of somebody.
- Security headers, and `Cache-Control: private, no-store` where the handler says nothing: a shared cache keeps nothing.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .logs import fields, get_logger

Check = Callable[[], Awaitable[bool]]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_HEADER_BYTES: Final = 48 * 1024  # docs/request-path.md: the client's 32 KiB and 100 fields, then the Worker's own
MAX_HEADER_FIELDS: Final = 120
_CHECK_S = 3.0
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_log = get_logger("kit.web")

_CODES = {
    400: "bad_request",
    401: "invalid_credential",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    431: "header_too_large",
    503: "unavailable",
}
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-store",
}


class Problem(Exception):
    """Answered with the error document. `message` is for a person and names no one."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})
        super().__init__(f"{status} {code}: {message}")


def application(
    routes: Sequence[BaseRoute],
    *,
    checks: Mapping[str, Check],
    lifespan: Lifespan | None = None,
    body_limits: Mapping[str, int] | None = None,
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """`body_limits`: the beginning of a path -> bytes, where it is not MAX_BODY_BYTES; the longest that fits counts."""
    return Starlette(
        routes=[Route("/healthz", _healthz), Route("/readyz", _readyz(checks)), *routes],
        lifespan=lifespan,
        middleware=[Middleware(_Envelope, limits=dict(body_limits or {})), *middleware],
        exception_handlers={Problem: _on_problem, HTTPException: _on_http},
    )


def request_id(scope_or_request: Scope | Request) -> str:
    scope = scope_or_request.scope if isinstance(scope_or_request, Request) else scope_or_request
    return str(scope.get("kit.request_id", ""))


def note(request: Request, **values: Any) -> None:
    """More fields for the request's line in the log: ids alone."""
    request.scope.setdefault("kit.noted", {}).update(values)


def error_document(scope: Scope, status: int, code: str, message: str, headers: Mapping[str, str] = {}) -> Response:
    body = {"error": {"code": code, "message": message, "request_id": request_id(scope)}}
    return JSONResponse(body, status, headers={"Cache-Control": "no-store", **headers})


async def _on_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return error_document(request.scope, problem.status, problem.code, problem.message, problem.headers)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "error")
    return error_document(request.scope, error.status_code, code, str(error.detail), error.headers or {})


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok")


def _readyz(checks: Mapping[str, Check]) -> Callable[[Request], Awaitable[Response]]:
    async def passes(check: Check) -> bool:
        try:
            async with asyncio.timeout(_CHECK_S):
                return await check()
        except Exception:
            _log.warning("a check failed", exc_info=True)
            return False

    async def readyz(request: Request) -> Response:
        results = await asyncio.gather(*(passes(check) for check in checks.values()))
        failing = [name for name, good in zip(checks, results, strict=True) if not good]
        if failing:
            return error_document(request.scope, 503, "not_ready", f"not ready: {', '.join(failing)}")
        return PlainTextResponse("ready")

    return readyz


class _Envelope:
    """Around everything: id, limits, headers, the line in the log."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        self._app = app
        self._limits = sorted(limits.items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        scope["kit.request_id"] = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = scope["kit.request_id"]
            await send(message)

        try:
            refusal = self._refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, sending)
            else:
                await self._app(scope, _limited(receive, self._limit(scope)), sending)
        except Exception:
            # Here and not by Starlette's handler of 500, which answers outside of this and raises again.
            _log.exception("a handler failed", extra=fields(request_id=scope["kit.request_id"]))
            if status:
                raise  # the answer has begun: the server cuts the connection
            answer = error_document(scope, 500, "internal", "Something broke on our side. Try again.")
            await answer(scope, receive, sending)
        finally:
            self._write_line(scope, status, time.perf_counter() - began)

    def _limit(self, scope: Scope) -> int:
        return next((limit for start, limit in self._limits if scope["path"].startswith(start)), MAX_BODY_BYTES)

    def _refusal(self, scope: Scope) -> Response | None:
        raw = scope["headers"]
        if len(raw) > MAX_HEADER_FIELDS or sum(len(name) + len(value) for name, value in raw) > MAX_HEADER_BYTES:
            return error_document(scope, 431, "header_too_large", "The headers are too large.")
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > self._limit(scope):
            return error_document(scope, 413, "body_too_large", "The body is too large.", {"Connection": "close"})
        return None

    def _write_line(self, scope: Scope, status: int, took_s: float) -> None:
        route = scope.get("route")
        _log.info(
            "request",
            extra=fields(
                request_id=scope["kit.request_id"],
                method=scope["method"],
                route=getattr(route, "path", None),
                status=status,
                took_ms=round(took_s * 1000, 2),
                **scope.get("kit.noted", {}),
            ),
        )


def _limited(receive: Receive, limit: int) -> Receive:
    """For bodies that do not say their length."""
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise Problem(413, "body_too_large", "The body is too large.")
        return message

    return receiving
