"""What every service answers alike."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit import logs
from kit.web import Problem, application, note

ready = {"database": True, "keys": True}


async def echo(request: Request) -> Response:
    note(request, workspace=request.path_params["workspace"])
    return JSONResponse({"bytes": len(await request.body())})


async def conflict(_: Request) -> Response:
    raise Problem(409, "url_key_taken", "Somebody has this URL key.", {"Retry-After": "1"})


async def broken(_: Request) -> Response:
    raise ValueError("mia@example.com")


async def page(_: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=60", "Content-Security-Policy": "default-src 'self'"}
    return Response("<p>", headers=headers)


async def teapot(_: Request) -> Response:
    raise HTTPException(405)


async def _database() -> bool:
    return ready["database"]


async def _keys() -> bool:
    if not ready["keys"]:
        raise OSError("no keys")
    return True


ROUTES = [
    Route("/v1/{workspace}/echo", echo, methods=["POST"]),
    Route("/conflict", conflict),
    Route("/broken", broken),
    Route("/page", page),
    Route("/teapot", teapot),
]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = application(ROUTES, checks={"database": _database, "keys": _keys}, body_limits={"/v1/big": 4 * 1024 * 1024})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as opened:
        yield opened


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = logging.getLogger().handlers[:]
    logs.configure("api", "api-00001", stream=stream)
    yield stream
    logging.getLogger().handlers[:] = before


def error(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["error"]
    assert set(found) == {"code", "message", "request_id"}
    assert found["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"] == "no-store"
    return found


async def test_errors_are_one_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/conflict", headers={"X-Request-Id": "req-1"})
    assert (answer.status_code, error(answer)["code"], answer.headers["Retry-After"]) == (409, "url_key_taken", "1")
    assert error(answer)["request_id"] == "req-1"
    for path, status, code in (
        ("/nowhere", 404, "not_found"),
        ("/teapot", 405, "method_not_allowed"),
        ("/broken", 500, "internal"),
    ):
        answer = await client.get(path)
        assert (answer.status_code, error(answer)["code"]) == (status, code)


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\u00e4"])
async def test_an_id_of_another_shape_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/healthz", headers={b"X-Request-Id": given.encode()})
    assert len(answer.headers["X-Request-Id"]) == 32


async def test_an_answer_is_kept_by_no_shared_cache_unless_the_handler_says_so(client: httpx.AsyncClient) -> None:
    plain, page_ = await client.get("/healthz"), await client.get("/page")
    assert plain.headers["Cache-Control"] == "private, no-store"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    assert page_.headers["Cache-Control"] == "public, max-age=60"
    assert page_.headers["Content-Security-Policy"] == "default-src 'self'"


async def test_bodies_end_at_their_limit(client: httpx.AsyncClient) -> None:
    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"x" * 65536

    assert (await client.post("/v1/ws_1/echo", content=b"x" * 1024 * 1024)).json() == {"bytes": 1024 * 1024}
    told = await client.post("/v1/ws_1/echo", content=b"x" * (1024 * 1024 + 1))
    streamed = await client.post("/v1/ws_1/echo", content=pieces(17))
    for answer in (told, streamed):
        assert (answer.status_code, error(answer)["code"]) == (413, "body_too_large")
    assert (await client.post("/v1/big/echo", content=pieces(17))).status_code == 200


async def test_headers_end_at_the_limit_of_the_contract(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz", headers={"X-Big": "x" * 40_000})).status_code == 200
    assert (await client.get("/healthz", headers={"X-Big": "x" * 50_000})).status_code == 431
    many = await client.get("/healthz", headers={f"X-{n}": "" for n in range(121)})
    assert error(many)["code"] == "header_too_large"


async def test_it_is_ready_when_its_checks_pass(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).status_code == 200
    for name in ready:
        ready[name] = False
        answer = await client.get("/readyz")
        ready[name] = True
        assert (answer.status_code, error(answer)["message"]) == (503, f"not ready: {name}")
        assert (await client.get("/healthz")).status_code == 200


async def test_the_log_names_the_route_and_no_person(client: httpx.AsyncClient, lines: io.StringIO) -> None:
    await client.post("/v1/ws_1/echo?token=secret", content=b"")
    await client.get("/broken", headers={"X-Request-Id": "req-2", "Authorization": "Bearer secret"})
    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["message"] for line in written] == ["request", "a handler failed", "request"]
    assert written[0] | {"took_ms": 0, "time": ""} == {
        "severity": "INFO",
        "time": "",
        "logger": "kit.web",
        "message": "request",
        "service": "api",
        "revision": "api-00001",
        "request_id": written[0]["request_id"],
        "method": "POST",
        "route": "/v1/{workspace}/echo",
        "status": 200,
        "took_ms": 0,
        "workspace": "ws_1",
    }
    assert written[1]["error"] == "ValueError"
    assert written[1]["at"][-1].startswith("test_web.py:")
    assert written[2]["status"] == 500
    assert "example.com" not in lines.getvalue()
    assert "secret" not in lines.getvalue()
