"""A region's product beside the real auth, in one process, with faults between the two.

async with RealRegion.start(server, auth, bucket, name="eu-west") as region:
    region.between.faults = Faults(random.Random(1), lost_before=0.1, lost_after=0.1, doubled=0.1, late=0.1)
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fakeredis.aioredis import FakeRedis

from kit.context import ContextVerifier
from kit.database import Database
from kit.tokens import EDDSA, KeySource
from product.api.app import make_app
from product.api.call import Services
from product.auth import Auth, static_token
from product.authentication import Authenticator
from product.background.feed import Feed
from product.background.outbox import Outbox
from product.bucket import Bucket
from product.sync.hints import Hints
from tests.auth.harness import Running, SignedIn
from tests.postgres import Server, TestDatabase
from tests.product.region import HOST, LOGINS, fill


@dataclass
class Faults:
    """Parts of the questions: that never arrive; whose answers do not; that arrive twice; once more, later."""

    chooser: random.Random
    lost_before: float = 0
    lost_after: float = 0
    doubled: float = 0
    late: float = 0


@dataclass
class Between(httpx.AsyncBaseTransport):
    """The network between a region and auth."""

    inner: httpx.AsyncClient
    faults: Faults | None = None
    down: bool = False
    asked: int = 0
    _late: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        faults = self.faults
        if self.down or (faults is not None and faults.chooser.random() < faults.lost_before):
            raise httpx.ConnectError("lost on the way there", request=request)
        answer = await self._pass_on(request)
        if faults is None:
            return answer
        if faults.chooser.random() < faults.doubled:
            await self._pass_on(request)
        if faults.chooser.random() < faults.late:
            self._late.append(request)
        if self._late and faults.chooser.random() < 0.5:
            await self._pass_on(self._late.pop(faults.chooser.randrange(len(self._late))))
        if faults.chooser.random() < faults.lost_after:
            raise httpx.ReadError("lost on the way back", request=request)
        return answer

    async def deliver_late_ones(self) -> None:
        while self._late:
            await self._pass_on(self._late.pop())

    async def _pass_on(self, request: httpx.Request) -> httpx.Response:
        copy = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        return await self.inner.send(copy)


@dataclass(frozen=True, kw_only=True)
class RealRegion:
    name: str
    auth: Running
    between: Between
    client: httpx.AsyncClient
    api: Database
    background: Database
    database: TestDatabase
    feed: Feed
    outbox: Outbox

    @classmethod
    @asynccontextmanager
    async def start(
        cls, server: Server, auth: Running, bucket: Bucket, name: str = "eu-west"
    ) -> AsyncIterator[RealRegion]:
        database = await server.copy("product", fill)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(server.drop, database)
            api = await Database.open(database.settings(LOGINS["api"]))
            stack.push_async_callback(api.close)
            background = await Database.open(database.settings(LOGINS["background"]))
            stack.push_async_callback(background.close)
            between = Between(auth.client)
            asking = await stack.enter_async_context(httpx.AsyncClient(transport=between))
            product_auth = Auth("http://auth/graphql", asking, static_token(auth.region(name).token))
            keys = KeySource("http://auth/.well-known/jwks.json", EDDSA, asking)
            hints = Hints(FakeRedis())
            services = Services(
                region=name,
                database=api,
                auth=product_auth,
                authenticator=Authenticator(ContextVerifier(keys, name), api),
                bucket=bucket,
                hints=hints,
            )
            await keys.warm()
            transport = httpx.ASGITransport(make_app(services), raise_app_exceptions=False)
            client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=f"https://{HOST}"))
            yield cls(
                name=name,
                auth=auth,
                between=between,
                client=client,
                api=api,
                background=background,
                database=database,
                feed=Feed(auth=product_auth, database=background, hints=hints),
                outbox=Outbox(auth=product_auth, database=background),
            )

    async def send(self, who: SignedIn, method: str, path: str, *, workspace: str = "", **more: Any) -> httpx.Response:
        """Through the Worker, as it were: with the context that auth signs, or without where it does not answer."""
        headers = {"Cookie": f"__Host-session={who.token}", "Origin": f"https://{HOST}", "X-Forwarded-Host": HOST}
        headers["X-Forwarded-Proto"] = "https"
        if workspace:
            headers["X-Workspace"] = workspace
        if not self.between.down:
            routed = await self.auth.route("cookie", who.token, workspace, placement=self.name)
            assert routed.status_code == 200, routed.text
            headers["X-Edge-Context"] = routed.json()["context"]
        return await self.client.request(method, path, headers={**headers, **more.pop("headers", {})}, **more)

    async def create(self, who: SignedIn, url_key: str) -> str:
        body = {"operation_id": secrets.token_hex(16), "name": url_key, "url_key": url_key}
        answer = await self.send(who, "POST", "/api/workspaces", json=body)
        assert answer.status_code == 201, answer.text
        workspace: str = answer.json()["workspace"]["id"]
        return workspace


async def until_it_works(act: Callable[[], Coroutine[Any, Any, Any]], errors: tuple[type[Exception], ...]) -> Any:
    """Again and again, as a task of the background worker is run; bounded."""
    for _ in range(200):
        try:
            return await act()
        except errors:
            await asyncio.sleep(0)
    return await act()
