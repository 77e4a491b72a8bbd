"""The HTTP service: what the Worker asks (docs/request-path.md), and what regions ask by GraphQL."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auth import deliver
from auth.graphql.schema import make_schema
from auth.mail import Mailer, SmtpMailer
from auth.parts import Caller, Parts, make_parts
from auth.publishing import Publisher
from auth.routing import MalformedQuestion, Refusal, read_question
from auth.settings import AuthSettings
from kit.database import Database
from kit.identity import CERTIFICATES, CallerVerifier
from kit.logs import fields, get_logger
from kit.pubsub import Publisher as TopicPublisher
from kit.tokens import KeysUnavailable, TokenRefused
from kit.web import Problem, application, note

_LOG = get_logger("auth.app")
MAX_QUESTION_BYTES = 16 * 1024
# The database is away, or has no room, or asks to do it again: nothing of the request was done.
UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # the database takes no connections for now
)
_OPERATION = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_SCHEMA = make_schema()


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What a process talks to besides its database. None: the real one, by the settings."""

    publisher: Publisher | None = None
    mailer: Mailer | None = None
    certificates_url: str = CERTIFICATES


class Auth:
    """Routes of one process. `parts` are there between the lifespan's begin and end."""

    def __init__(self, settings: AuthSettings, outside: Outside) -> None:
        self._settings = settings
        self._outside = outside
        self._parts: Parts | None = None
        self._callers: CallerVerifier | None = None

    @property
    def parts(self) -> Parts:
        assert self._parts is not None, "the lifespan has not begun"
        return self._parts

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        settings, outside = self._settings, self._outside
        database = await Database.open(settings, "auth", schema="auth")
        own = TopicPublisher(settings.events_topic) if outside.publisher is None else None
        publisher = outside.publisher or own
        assert publisher is not None
        try:
            async with httpx.AsyncClient(timeout=2.0) as client:
                self._callers = CallerVerifier(settings.origin, client, outside.certificates_url)
                self._parts = make_parts(settings, database, publisher, outside.mailer or SmtpMailer(settings))
                yield
        finally:
            self._parts = None
            if own is not None:
                await own.close()
            await database.close()

    async def is_ready(self) -> bool:
        return self._parts is not None and await self.parts.store.database.ready()

    # -------------------------------------------------------------------------------------------------- the Worker's

    def _is_worker(self, request: Request) -> bool:
        shown = request.headers.get("authorization", "").encode()
        expected = f"Bearer {self._settings.edge_token.get_secret_value()}".encode()
        return hmac.compare_digest(shown, expected)

    async def route(self, request: Request) -> Response:
        if not self._is_worker(request):
            return _refusal(403, "caller_refused")
        try:
            question = read_question(json.loads(await request.body()))
        except (ValueError, RecursionError, MalformedQuestion):
            return _refusal(400, "malformed_question")
        try:
            answer = await self.parts.router.answer(question)
        except UNAVAILABLE as err:
            _LOG.warning("no answer", extra=fields(error=type(err).__name__))
            return _refusal(503, "unavailable")
        if isinstance(answer, Refusal):
            note(request, kind=question.kind, refused=answer.error)
            return _refusal(answer.status, answer.error)
        note(request, kind=question.kind, region=answer["region"], workspace=answer["workspace"])
        return JSONResponse(answer, 409 if "error" in answer else 200)

    async def deliver(self, request: Request) -> Response:
        if not self._is_worker(request):
            return _refusal(403, "caller_refused")
        try:
            delivery = deliver.read_delivery(_headers(request), await request.body())
        except deliver.MalformedDelivery as err:
            return _refusal(400, f"malformed_header: {err.header}")
        note(request, kind=delivery.kind)
        try:
            await deliver.deliver(self.parts.publisher, delivery)
        except Exception as err:
            _LOG.warning("not delivered", extra=fields(kind=delivery.kind, error=type(err).__name__))
            return _refusal(503, "unavailable")
        return JSONResponse({"accepted": True}, 202)

    async def jwks(self, _: Request) -> Response:
        return JSONResponse(self.parts.signer.jwks, headers={"Cache-Control": "public, max-age=60"})

    # --------------------------------------------------------------------------------------------------- the regions'

    async def _caller(self, request: Request) -> Caller:
        """Raises Problem: 403 `caller_refused`, whatever is wrong; 503 where Google's keys are out of reach."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        assert self._callers is not None
        try:
            if scheme.lower() != "bearer":
                raise TokenRefused("malformed")
            caller = await self._callers.verify(token.strip())
        except TokenRefused as err:
            note(request, refused=err.reason)
            raise Problem(403, "caller_refused", "Who calls is not known here.") from err
        except KeysUnavailable as err:
            raise Problem(503, "unavailable", "The caller cannot be checked now.", {"Retry-After": "1"}) from err
        region = self._settings.callers.get(caller.email)
        if region is None:
            note(request, refused="caller")
            raise Problem(403, "caller_refused", "Who calls is not known here.")
        return Caller(region, self.parts)

    async def graphql(self, request: Request) -> Response:
        caller = await self._caller(request)
        asked = _read_asked(await request.body())
        operation = asked["operationName"]
        named = operation if operation and _OPERATION.fullmatch(operation) else None
        note(request, region=caller.region, operation=named)
        result = await _SCHEMA.execute(
            asked["query"], variable_values=asked["variables"], operation_name=operation, context_value=caller
        )
        if not result.errors:
            return JSONResponse({"data": result.data})
        return _answer_errors(result.errors, result.data)


def make_app(settings: AuthSettings, outside: Outside | None = None) -> Starlette:
    auth = Auth(settings, outside or Outside())
    return application(
        [
            Route("/v1/route", auth.route, methods=["POST"]),
            Route("/v1/deliver", auth.deliver, methods=["POST"]),
            Route("/.well-known/jwks.json", auth.jwks),
            Route("/graphql", auth.graphql, methods=["POST"]),
        ],
        checks={"database": auth.is_ready},
        lifespan=auth.lifespan,
        body_limits={"/v1/route": MAX_QUESTION_BYTES, "/v1/deliver": deliver.MAX_BYTES},
    )


def _refusal(status: int, error: str) -> Response:
    """As the contract writes them: the Worker reads `error` as one word."""
    return JSONResponse({"error": error}, status, headers={"Cache-Control": "no-store"})


def _headers(request: Request) -> Mapping[str, str]:
    return dict(request.headers.items())


def _read_asked(body: bytes) -> dict[str, Any]:
    """Raises Problem."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise Problem(400, "bad_request", "The body is no JSON.") from err
    query, variables, name = (
        (document.get(key) for key in ("query", "variables", "operationName"))
        if isinstance(document, dict)
        else (None, None, None)
    )
    if (
        not isinstance(query, str)
        or not query.strip()
        or not isinstance(variables, dict | None)
        or not isinstance(name, str | None)
    ):
        raise Problem(400, "bad_request", "The body is no question of GraphQL.")
    return {"query": query, "variables": variables, "operationName": name}


def _answer_errors(errors: list[GraphQLError], data: Any) -> Response:
    """400: the question is malformed or too large. 503: the database is away. 500: a mistake of ours, kept here."""
    causes = [error.original_error for error in errors if error.original_error is not None]
    broken = [cause for cause in causes if not isinstance(cause, (GraphQLError, *UNAVAILABLE))]
    if broken:
        for cause in broken:
            _LOG.error("a resolver failed", exc_info=cause)
        raise Problem(500, "internal", "Something broke on our side. Try again.")
    if any(isinstance(cause, UNAVAILABLE) for cause in causes):
        _LOG.warning("no answer", extra=fields(error=type(causes[0]).__name__))
        raise Problem(503, "unavailable", "The directory is out of reach. Try again.", {"Retry-After": "1"})
    return JSONResponse({"data": data, "errors": [{"message": error.message} for error in errors]}, 400)
