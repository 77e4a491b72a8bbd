"""What the programs open when they start, closed in reverse when they end."""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx

from kit.context import ContextVerifier
from kit.database import Database
from kit.metadata import MetadataServer
from kit.settings import DatabaseSettings
from kit.tokens import EDDSA, KeySource
from product.auth import Auth
from product.authentication import Authenticator
from product.cache import make_redis
from product.settings import AuthSettings, CacheSettings
from product.sync.hints import Hints
from product.tenant import API


async def open_database(stack: AsyncExitStack, settings: DatabaseSettings, application: str) -> Database:
    database = await Database.open(settings, application, schema="product")
    stack.push_async_callback(database.close)
    return database


async def has_heard(database: Database) -> bool:
    """Whether auth's feed was ever read here: a program without that could authenticate nobody while auth is away."""
    async with database.transaction(API, read_only=True) as connection:
        return bool(await connection.fetchval("SELECT read_at IS NOT NULL FROM product.feed_state"))


async def open_auth(stack: AsyncExitStack, settings: AuthSettings) -> Auth:
    """Shows auth an identity token of this program's account, for auth's origin."""
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=5.0))
    metadata = MetadataServer(client)
    return Auth(f"{settings.auth_url}/graphql", client, lambda: metadata.identity_token(settings.auth_url))


async def open_authenticator(stack: AsyncExitStack, settings: AuthSettings, database: Database) -> Authenticator:
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=5.0))
    keys = KeySource(f"{settings.auth_url}/.well-known/jwks.json", EDDSA, client)
    await keys.warm()
    return Authenticator(ContextVerifier(keys, settings.region), database)


async def open_hints(stack: AsyncExitStack, settings: CacheSettings) -> Hints:
    redis = make_redis(settings)
    stack.push_async_callback(redis.aclose)
    return Hints(redis)
