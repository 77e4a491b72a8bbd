"""Auth in this process, on a real database, with what it talks to at hand: callers' tokens, mail, the topic.

auth = running.region("eu-west")
await auth.ask("createWorkspace", operationId=..., accountId=..., name="Acme", urlKey="acme")
await running.route("cookie", token, workspace="acme")
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
)
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from auth.app import Outside, make_app
from auth.graphql.__main__ import SDL_FILE
from auth.mail import Mail
from auth.settings import AuthSettings
from kit.pubsub import Outgoing
from tests.loopback import serving
from tests.postgres import TestDatabase

_OF = "_of_"
AUDIENCE = "https://auth.example.com"
EDGE_TOKEN = "edge-token-of-tests-" + "x" * 20
SEED_A, SEED_B = "A" * 43, "B" * 42 + "A"
REGIONS = ("eu-west", "us-east")
LOGIN = "auth-login"
CALLERS = {f"{program}@{region}.iam.gserviceaccount.com": region for region in REGIONS for program in ("api", "sync")}


class Mailbox:
    """A mailer that keeps what it sends. While `broken` is set, it raises that."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.broken: Exception | None = None

    async def send(self, mail: Mail) -> None:
        if self.broken is not None:
            raise self.broken
        self.mails.append(mail)

    def code(self, email: str) -> str:
        """Of the last mail to this address."""
        last = next(mail for mail in reversed(self.mails) if mail.recipient == email)
        found = re.search(r"\b\d{6}\b", last.body)
        assert found is not None
        return found[0]


class Topic:
    """A topic that keeps what is published."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []
        self.broken: Exception | None = None

    async def publish(self, messages: Sequence[Outgoing]) -> list[str]:
        if self.broken is not None:
            raise self.broken
        self.messages += messages
        return [str(len(self.messages))] * len(messages)

    def hints(self) -> list[dict[str, Any]]:
        return [json.loads(message.data) for message in self.messages if message.ordering_key]


@cache
def _rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048)


@dataclass
class Google:
    """Who signs the tokens of service accounts."""

    key: RSAKey = field(default_factory=_rsa_key)

    def app(self) -> Starlette:
        public = {**self.key.as_dict(private=False), "kid": "google-1"}
        return Starlette(routes=[Route("/certs", lambda _: JSONResponse({"keys": [public]}))])

    def token(self, email: str, /, **changed: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": "https://accounts.google.com",
            "aud": AUDIENCE,
            "sub": "1",
            "email": email,
            "email_verified": True,
        }
        times = {"iat": now, "exp": now + 3600}
        header = {"alg": "RS256", "kid": "google-1", "typ": "JWT"}
        return jwt.encode(header, {**claims, **times, **changed}, self.key)


@dataclass(frozen=True)
class Region:
    """A region that asks by GraphQL."""

    name: str
    client: httpx.AsyncClient
    token: str

    async def post(self, document: Mapping[str, Any] | bytes, token: str | None = None) -> httpx.Response:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return await self.client.post("/graphql", content=body, headers=headers)

    async def ask(self, name: str, /, **arguments: Any) -> Any:
        """A question with all the fields of its answer."""
        answer = await self.post({"query": document(name, frozenset(arguments)), "variables": arguments})
        assert answer.status_code == 200, answer.text
        return _plain(answer.json()["data"][name])


@dataclass(frozen=True)
class Running:
    client: httpx.AsyncClient
    mailbox: Mailbox
    topic: Topic
    google: Google
    database: TestDatabase
    settings: AuthSettings

    def region(self, name: str = "eu-west") -> Region:
        email = next(email for email, region in self.settings.callers.items() if region == name)
        return Region(name, self.client, self.google.token(email))

    async def route(
        self, kind: str, credential: str = "", workspace: str = "", placement: str = "eu-west"
    ) -> httpx.Response:
        question = {
            "host": "app.example.com",
            "kind": kind,
            "credential": credential,
            "workspace": workspace,
            "placement": placement,
        }
        return await self.client.post("/v1/route", json=question, headers={"Authorization": f"Bearer {EDGE_TOKEN}"})

    async def sign_in(self, email: str, region: str = "eu-west") -> SignedIn:
        asked = self.region(region)
        sent = await asked.ask("requestSignInCode", email=email, address="203.0.113.9")
        answer = await asked.ask(
            "signIn", challengeId=sent["challengeId"], email=email, code=self.mailbox.code(email), address="203.0.113.9"
        )
        assert answer["__typename"] == "SignedIn", answer
        return SignedIn(answer["account"]["id"], answer["token"], answer["credential"]["id"], email)

    async def workspace(self, owner: SignedIn, url_key: str, region: str = "eu-west") -> str:
        """Created and confirmed; its id."""
        asked = self.region(region)
        claimed = await asked.ask(
            "createWorkspace",
            operationId=secrets.token_hex(16),
            accountId=owner.account_id,
            name=url_key,
            urlKey=url_key,
        )
        assert claimed["__typename"] == "WorkspaceClaimed", claimed
        workspace_id: str = claimed["workspace"]["id"]
        confirmed = await asked.ask("confirmWorkspace", workspaceId=workspace_id)
        assert confirmed["__typename"] == "Confirmed", confirmed
        return workspace_id


@dataclass(frozen=True)
class SignedIn:
    account_id: str
    token: str
    credential_id: str
    email: str


def settings_of(database: TestDatabase, **changed: Any) -> AuthSettings:
    given: dict[str, Any] = {
        **{key.lower(): value for key, value in database.environment(LOGIN).items()},
        "events_topic": "projects/p/topics/events",
        "signing_key": "a",
        "signing_key_a": SEED_A,
        "signing_key_b": SEED_B,
        "edge_token": EDGE_TOKEN,
        "callers": CALLERS,
        "audience": AUDIENCE,
        "route_timeout_s": 30.0,
        "mail_host": "127.0.0.1",
        "mail_sender": "hello@example.com",
    }
    return AuthSettings.model_validate({**given, **changed})


@asynccontextmanager
async def running(database: TestDatabase, google: Google | None = None, **changed: Any) -> AsyncIterator[Running]:
    """`changed`: settings that are others."""
    google, mailbox, topic = google or Google(), Mailbox(), Topic()
    settings = settings_of(database, **changed)
    async with serving(google.app()) as origin:
        outside = Outside(publisher=topic, mailer=mailbox, certificates_url=f"{origin}/certs")
        app = make_app(settings, outside)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://auth") as client,
        ):
            yield Running(client, mailbox, topic, google, database, settings)


# ------------------------------------------------------------------------------------- questions with all the fields


@cache
def _schema() -> GraphQLSchema:
    return build_schema(SDL_FILE.read_text())


@cache
def document(name: str, arguments: frozenset[str]) -> str:
    """The query or mutation of this name, with these arguments as variables."""
    query, mutation = _schema().query_type, _schema().mutation_type
    assert query is not None
    assert mutation is not None
    kind, asked = ("query", query.fields[name]) if name in query.fields else ("mutation", mutation.fields[name])
    given = sorted(arguments)
    variables = ", ".join(f"${arg}: {asked.args[arg].type}" for arg in given)
    passed = ", ".join(f"{arg}: ${arg}" for arg in given)
    return (
        f"{kind} Q{f'({variables})' if given else ''} {{ {name}{f'({passed})' if given else ''} {_selection(asked)} }}"
    )


def _selection(asked: GraphQLField) -> str:
    named = get_named_type(asked.type)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLUnionType):
        members = " ".join(f"... on {kind.name} {{ {_fields(kind, f'{kind.name}{_OF}')} }}" for kind in named.types)
        return f"{{ __typename {members} }}"
    assert isinstance(named, GraphQLObjectType)
    return f"{{ {_fields(named)} }}"


def _fields(kind: GraphQLObjectType, prefix: str = "") -> str:
    """`prefix`: members of a union may differ in whether a field is null, and then each needs a name of its own."""
    return " ".join(f"{prefix}{name}: {name} {_selection(asked)}" for name, asked in kind.fields.items())


def _plain(answer: Any) -> Any:
    """Without the prefixes."""
    if isinstance(answer, list):
        return [_plain(each) for each in answer]
    if isinstance(answer, dict):
        return {
            name.rpartition(_OF)[2] if not name.startswith("__") else name: _plain(each)
            for name, each in answer.items()
        }
    return answer
