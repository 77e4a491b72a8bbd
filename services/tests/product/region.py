"""A region's API in process, with auth in memory, and what the Worker does to a request.

region = await Region.start(database)             or several on one FakeAuth
ada = await region.sign_up("ada@example.com")
acme = await ada.create_workspace("acme")
answer = await ada.post("/api/projects", {...}, workspace="acme")
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from fakeredis.aioredis import FakeRedis
from starlette.applications import Starlette

from kit.context import ContextVerifier
from kit.database import Database
from kit.migrations import migrate
from kit.tokens import EDDSA, KeySource, Signer
from product.api.app import make_app
from product.api.call import Services
from product.auth import Auth, static_token
from product.authentication import Authenticator
from product.bucket import Bucket
from product.migrate import SCHEMA
from product.sync.hints import Hints
from tests.postgres import MIGRATE, TestDatabase
from tests.product.fake_auth import CODE, FakeAuth, Record, sha256

HOST = "app.example.com"
LOGINS = {"api": "product-api", "sync": "product-sync", "background": "product-background"}
SIGNER = Signer.from_seed("key-a", b"a" * 32)


async def fill(database: TestDatabase) -> None:
    """The product's schema, and its roles for the logins."""
    for login in LOGINS.values():
        await database.server.login(login)
    await migrate(SCHEMA, database.settings(MIGRATE), LOGINS)


@dataclass
class Jwks:
    """Auth's public keys at their address."""

    signers: list[Signer] = field(default_factory=lambda: [SIGNER])
    down: bool = False

    def source(self) -> KeySource:
        return KeySource(
            "https://auth/.well-known/jwks.json", EDDSA, httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down", request=request)
        return httpx.Response(200, json={"keys": [one.public_jwk() for one in self.signers]})


@dataclass(kw_only=True)
class Region:
    """One region. `context` makes what auth would have signed for the Worker."""

    name: str
    auth: FakeAuth
    jwks: Jwks
    app: Starlette
    client: httpx.AsyncClient
    background: Database
    background_auth: Auth
    bucket: Bucket
    test_database: TestDatabase

    @classmethod
    @asynccontextmanager
    async def start(
        cls, database: TestDatabase, bucket: Bucket, auth: FakeAuth | None = None, name: str = "here"
    ) -> AsyncIterator[Region]:
        fake, jwks = auth or FakeAuth(), Jwks()
        async with AsyncExitStack() as stack:
            api = await Database.open(database.settings(LOGINS["api"]))
            stack.push_async_callback(api.close)
            background = await Database.open(database.settings(LOGINS["background"]))
            stack.push_async_callback(background.close)
            asking = await stack.enter_async_context(httpx.AsyncClient(transport=fake.transport()))
            redis = FakeRedis()
            stack.push_async_callback(redis.aclose)
            services = Services(
                region=name,
                database=api,
                auth=Auth("https://auth/graphql", asking, static_token(name)),
                authenticator=Authenticator(ContextVerifier(jwks.source(), name), api),
                bucket=bucket,
                hints=Hints(redis),
            )
            app = make_app(services)
            client = await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=f"https://{HOST}"
                )
            )
            yield cls(
                name=name,
                auth=fake,
                jwks=jwks,
                app=app,
                client=client,
                background=background,
                background_auth=Auth("https://auth/graphql", asking, static_token(name)),
                bucket=bucket,
                test_database=database,
            )

    async def sign_up(self, email: str) -> Person:
        """By the code in the mail."""
        sent = (await self.client.post("/auth/code", json={"email": email})).json()
        signed = await self.client.post(
            "/auth/sign-in", json={"challenge_id": sent["challenge_id"], "email": email, "code": CODE}
        )
        assert signed.status_code == 200, signed.text
        token = signed.cookies["__Host-session"]
        self.client.cookies.clear()  # each person shows their own
        return Person(region=self, account_id=signed.json()["account"]["id"], token=token)

    def context(self, **claims: Any) -> str:
        now = int(time.time())
        base = {"iss": "auth", "aud": self.name, "version": 1, "kind": "cookie", "workspace": None}
        times = {"iat": now, "nbf": now - 5, "exp": now + 90}
        return SIGNER.sign("context+jwt", {**base, **times, **claims})

    def worker_headers(self, credential: Record, url_key: str) -> dict[str, str]:
        """What the Worker adds, once auth has answered it."""
        workspace = next((one for one in self.auth.workspaces.values() if one["urlKey"] == url_key), None)
        claims: dict[str, Any] = {"sub": credential["accountId"], "kind": credential["kind"].lower().replace("_", "-")}
        if workspace is not None:
            claims |= {"workspace": workspace["id"], "version": workspace["placeVersion"]}
        if credential["scopes"]:
            claims["scopes"] = [scope.lower() for scope in credential["scopes"]]
        return {"X-Edge-Context": self.context(**claims)}


@dataclass(kw_only=True)
class Person:
    """Somebody with a session, as a browser that comes through the Worker."""

    region: Region
    account_id: str
    token: str

    async def create_workspace(self, url_key: str, operation_id: str = "") -> Record:
        body = {"operation_id": operation_id or f"create-{url_key}", "name": url_key.title(), "url_key": url_key}
        answer = await self.post("/api/workspaces", body)
        assert answer.status_code == 201, answer.text
        made: Record = answer.json()["workspace"]
        return made

    async def create_project(self, workspace: str) -> str:
        answer = await self.post("/api/projects", {"id": str(uuid4()), "name": "Launch"}, workspace=workspace)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["project"]["id"])

    async def create_issue(self, workspace: str, project: str, title: str = "Fly") -> Record:
        body = {"id": str(uuid4()), "project_id": project, "title": title}
        answer = await self.post("/api/issues", body, workspace=workspace)
        assert answer.status_code == 201, answer.text
        made: Record = answer.json()["issue"]
        return made

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.send("GET", path, **more)

    async def post(self, path: str, body: object, **more: Any) -> httpx.Response:
        return await self.send("POST", path, json=body, **more)

    async def patch(self, path: str, body: object, **more: Any) -> httpx.Response:
        return await self.send("PATCH", path, json=body, **more)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        return await self.send("DELETE", path, **more)

    async def send(
        self,
        method: str,
        path: str,
        *,
        workspace: str = "",
        operation: str = "",
        context: bool = True,
        headers: Mapping[str, str] = {},
        **more: Any,
    ) -> httpx.Response:
        """`context=False`: as where the Worker got no answer from auth."""
        sent = {"Cookie": f"__Host-session={self.token}", "X-Forwarded-Host": HOST, "X-Forwarded-Proto": "https"}
        if method != "GET":
            sent["Origin"] = f"https://{HOST}"
        if workspace:
            sent["X-Workspace"] = workspace
        if operation:
            sent["Idempotency-Key"] = operation
        if context:
            credential = next(one for one in self.region.auth.credentials.values() if one["hash"] == sha256(self.token))
            sent |= self.region.worker_headers(credential, workspace)
        return await self.region.client.request(method, path, headers={**sent, **headers}, **more)
