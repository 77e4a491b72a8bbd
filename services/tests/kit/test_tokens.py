"""Contexts, statements of moves, callers' tokens: what is taken, what is refused, and when nobody can say."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.context import ContextVerifier
from kit.identity import CallerVerifier
from kit.metadata import MetadataServer
from kit.tokens import EDDSA, KeySource, KeysUnavailable, Signer, TokenRefused
from tests.loopback import serving

NOW = 1_800_000_000.0
CURRENT, NEXT = (Signer.from_seed(kid, bytes([n]) * 32) for n, kid in enumerate(("current", "next")))
GOOGLE = RSAKey.generate_key(2048, {"kid": "google"}, private=True)


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class KeyServer:
    """What it gives, and how often it was asked."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    asked: int = 0

    async def answer(self, _: Request) -> Response:
        self.asked += 1
        return JSONResponse({"keys": self.keys}, self.status)


@dataclass
class Region:
    """A verifier of `eu-west`, with its clocks and its keys' server."""

    server: KeyServer
    clock: Clock
    verifier: ContextVerifier


@asynccontextmanager
async def region(*signers: Signer) -> AsyncIterator[Region]:
    server, clock = KeyServer([signer.public_jwk() for signer in signers]), Clock()
    app = Starlette(routes=[Route("/jwks.json", server.answer)])
    async with serving(app) as origin, httpx.AsyncClient() as client:
        keys = KeySource(f"{origin}/jwks.json", EDDSA, client, clock=clock)
        yield Region(server, clock, ContextVerifier(keys, "eu-west", clock))


def claims(**changed: Any) -> dict[str, Any]:
    given = {
        "iss": "auth",
        "aud": "eu-west",
        "sub": "acc_1",
        "workspace": "ws_1",
        "version": 7,
        "kind": "cookie",
        "iat": NOW,
        "nbf": NOW - 5,
        "exp": NOW + 90,
    }
    return {name: value for name, value in {**given, **changed}.items() if value is not ...}


def context(signer: Signer = CURRENT, typ: str = "context+jwt", **changed: Any) -> str:
    return signer.sign(typ, claims(**changed))


def forged(header: Mapping[str, Any]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims())]
    return ".".join([*parts, ""])


async def test_a_context_says_who_asks_for_which_workspace() -> None:
    async with region(CURRENT) as here:
        found = await here.verifier.verify(context())
    assert (found.user, found.workspace, found.version, found.kind) == ("acc_1", "ws_1", 7, "cookie")


async def test_a_context_that_a_key_routed_has_no_user() -> None:
    async with region(CURRENT) as here:
        assert (await here.verifier.verify(context(sub=..., kind="key"))).user is None


REFUSED = {
    "signature": context(Signer.from_seed("current", b"x" * 32)),
    "type": context(typ="moved+jwt"),
    "issuer": context(iss="somebody"),
    "audience": context(aud="us-east"),
    "expired": context(exp=NOW - 31),
    "not_yet": context(nbf=NOW + 31, iat=NOW + 31),
    "algorithm": forged({"alg": "none", "typ": "context+jwt", "kid": "current"}),
    "malformed": "a.b",
}


@pytest.mark.parametrize("reason", REFUSED)
async def test_what_is_refused(reason: str) -> None:
    async with region(CURRENT) as here:
        with pytest.raises(TokenRefused) as refused:
            await here.verifier.verify(REFUSED[reason])
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": ["eu-west"]},
        {"version": "7"},
        {"version": True},
        {"version": -1},
        {"sub": 1},
        {"sub": None, "workspace": None},
        {"exp": ...},
        {"exp": "tomorrow"},
        {"iat": None},
        {"kind": ...},
    ],
)
async def test_claims_of_another_shape_are_refused(changed: dict[str, Any]) -> None:
    async with region(CURRENT) as here:
        with pytest.raises(TokenRefused):
            await here.verifier.verify(context(**changed))


async def test_a_public_key_is_no_secret_of_hs256() -> None:
    secret = OctKey.import_key(json.dumps(CURRENT.public_jwk()))
    token = jwt.encode({"alg": "HS256", "typ": "context+jwt", "kid": "current"}, claims(), secret, ["HS256"])
    async with region(CURRENT) as here:
        with pytest.raises(TokenRefused) as refused:
            await here.verifier.verify(token)
    assert refused.value.reason == "algorithm"


async def test_clocks_may_differ_by_thirty_seconds() -> None:
    async with region(CURRENT) as here:
        await here.verifier.verify(context(exp=NOW - 29))
        await here.verifier.verify(context(iat=NOW + 29, nbf=NOW + 24))


async def test_an_unknown_key_is_fetched_once_for_all_who_come_meanwhile() -> None:
    async with region(CURRENT) as here:
        await asyncio.gather(*(here.verifier.verify(context()) for _ in range(50)))
        assert here.server.asked == 1
        here.server.keys.append(NEXT.public_jwk())
        with pytest.raises(TokenRefused):  # thirty seconds have not passed
            await here.verifier.verify(context(NEXT))
        here.clock.now += 31
        await here.verifier.verify(context(NEXT))
        assert here.server.asked == 2


async def test_keys_out_of_reach_are_no_refusal_and_the_last_good_ones_go_on() -> None:
    async with region(CURRENT) as here:
        here.server.status = 500
        for _ in range(5):
            with pytest.raises(KeysUnavailable):
                await here.verifier.verify(context())
        assert here.server.asked == 1
        here.clock.now += 1.5
        here.server.status = 200
        await here.verifier.verify(context())
        here.server.status = 500
        here.clock.now += 3600
        await here.verifier.verify(context(iat=here.clock.now, nbf=here.clock.now, exp=here.clock.now + 90))
        with pytest.raises(KeysUnavailable):
            await here.verifier.verify(context(NEXT))


async def test_a_client_that_is_closed_by_now_is_no_refusal() -> None:
    """A renewal in the background may meet the program's end."""
    client = httpx.AsyncClient()
    keys = KeySource("http://127.0.0.1:9/jwks.json", EDDSA, client)
    await client.aclose()
    with pytest.raises(KeysUnavailable):
        await keys.find("current")


async def test_a_statement_of_a_move_does_not_expire_and_is_no_context() -> None:
    statement = {"iss": "auth", "iat": 1, "sub": "ws_1", "from": "us-east", "to": "eu-west", "version": 8}
    async with region(CURRENT) as here:
        moved = await here.verifier.verify_moved(CURRENT.sign("moved+jwt", statement))
        assert (moved.workspace, moved.origin, moved.to, moved.version) == ("ws_1", "us-east", "eu-west", 8)
        with pytest.raises(TokenRefused):
            await here.verifier.verify(CURRENT.sign("moved+jwt", statement))
        with pytest.raises(TokenRefused):
            await here.verifier.verify_moved(CURRENT.sign("moved+jwt", {**statement, "version": None}))


def identity(key: RSAKey = GOOGLE, **changed: Any) -> str:
    given = {
        "iss": "https://accounts.google.com",
        "aud": "https://auth.example.com",
        "email": "api@eu-west.iam.gserviceaccount.com",
        "email_verified": True,
        "iat": NOW,
        "exp": NOW + 3600,
    }
    return jwt.encode({"alg": "RS256", "kid": "google"}, {**given, **changed}, key, ["RS256"])


@asynccontextmanager
async def auth() -> AsyncIterator[CallerVerifier]:
    public = GOOGLE.as_dict(private=False)
    app = Starlette(routes=[Route("/certs", KeyServer([public, CURRENT.public_jwk()]).answer)])
    async with serving(app) as origin, httpx.AsyncClient() as client:
        yield CallerVerifier("https://auth.example.com", client, f"{origin}/certs", Clock())


async def test_a_caller_is_known_by_a_token_that_google_signed() -> None:
    async with auth() as verifier:
        assert (await verifier.verify(identity())).email == "api@eu-west.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (identity(aud="https://other.example.com"), "audience"),
        (identity(iss="https://evil.example.com"), "issuer"),
        (identity(email_verified=False), "claims"),
        (identity(email_verified="true"), "claims"),
        (identity(exp=NOW - 31), "expired"),
        (identity(RSAKey.generate_key(2048, private=True)), "signature"),
        (context(), "algorithm"),
    ],
)
async def test_callers_that_are_refused(token: str, reason: str) -> None:
    async with auth() as verifier:
        with pytest.raises(TokenRefused) as refused:
            await verifier.verify(token)
    assert refused.value.reason == reason


@pytest.mark.parametrize("url", ["https://evil.example.com/certs", "http://127.0.0.1.evil.example.com/", "file:///x"])
async def test_certificates_come_from_google_or_a_loopback_address(url: str) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(ValueError, match="from Google, or from a loopback address"):
            CallerVerifier("https://auth.example.com", client, url)


async def test_tokens_of_the_metadata_server_are_kept_until_they_are_about_to_expire(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        assert request.headers["Metadata-Flavor"] == "Google"
        asked.append(request.url.path.rpartition("/")[2])
        if asked[-1] == "token":
            return JSONResponse({"access_token": f"ya29.{len(asked)}", "expires_in": 3599, "token_type": "Bearer"})
        return Response(f"identity for {request.query_params['audience']}\n")

    base = "/computeMetadata/v1/instance/service-accounts/default"
    app = Starlette(routes=[Route(f"{base}/{name}", answer) for name in ("token", "identity")])
    clock = Clock()
    async with serving(app) as origin, httpx.AsyncClient() as client:
        monkeypatch.setenv("GCE_METADATA_HOST", origin.removeprefix("http://"))
        server = MetadataServer(client, clock)
        assert [await server.access_token() for _ in range(3)] == ["ya29.1"] * 3
        clock.now += 3500
        assert await server.access_token() == "ya29.2"
        assert [await server.identity_token("https://a") for _ in range(2)] == ["identity for https://a"] * 2
    assert asked == ["token", "token", "identity"]
