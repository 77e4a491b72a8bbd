"""A request on its way in: who may, whose it is, whether the workspace is here; then the handler.

The order is the contract's (docs/request-path.md, "Region"): a workspace that has left is answered before the body is
read or anything is done.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import asyncpg
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit import web
from kit.database import Database
from kit.operations import OperationConflict
from product.access import Access, All, DeclaredRoute, Key, Public, Scope, Session
from product.auth import Auth
from product.authentication import Authenticator
from product.bucket import Bucket
from product.errors import AuthUnavailable, Problem
from product.sync.hints import Hints
from product.tenant import Caller

MAX_JSON_BYTES = 256 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD"})
RETRY_AFTER_S = 2


@dataclass(frozen=True, kw_only=True)
class Services:
    """What handlers work with."""

    region: str
    database: Database
    auth: Auth
    authenticator: Authenticator
    bucket: Bucket
    hints: Hints


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request of somebody who may come in."""

    request: Request
    services: Services
    caller: Caller

    @property
    def operation_id(self) -> str:
        """The client's own id of what it asks for, or "". Raises Problem."""
        given = self.request.headers.get("idempotency-key", "")
        if given and not (8 <= len(given) <= 100 and given.isascii() and given.isprintable()):
            raise Problem(400, "malformed_operation_id", "Idempotency-Key has 8 to 100 characters of ASCII.")
        return given

    def answer(self, content: dict[str, object], status: int = 200) -> Response:
        """JSON; where it says the number of a change, the other instances hear of it once this is sent."""
        change = content.get("change")
        told = None
        if isinstance(change, int):
            told = BackgroundTask(self.services.hints.changed, self.caller.workspace, change)
        return JSONResponse(content, status, background=told)


class Body(BaseModel):
    """What a client sends: no field more than is known."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


B = TypeVar("B", bound=Body)
Handler: TypeAlias = Callable[[Call], Awaitable[Response]]


async def read_json(request: Request, model: type[B]) -> B:
    """Raises Problem: 413, 415, 400 that names the fields and not what they hold."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_JSON_BYTES:
            raise Problem(413, "body_too_large", f"At most {MAX_JSON_BYTES} bytes of JSON.")
    try:
        return model.model_validate(json.loads(bytes(raw)))
    except ValidationError as error:
        where = sorted({".".join(str(part) for part in one["loc"]) or "body" for one in error.errors()})
        raise Problem(400, "invalid_body", f"Look at: {', '.join(where)}.", where=", ".join(where)) from None
    except (ValueError, RecursionError):
        raise Problem(400, "invalid_body", "This is no JSON.") from None


def route(method: str, path: str, access: Access, handler: Handler) -> DeclaredRoute:
    async def endpoint(request: Request) -> Response:
        services: Services = request.app.state.services
        _refuse_other_sites(request, access)
        caller = await _caller(request, services, access)
        web.note(request, workspace=caller.workspace_id, account=caller.account_id)
        try:
            return await handler(Call(request=request, services=services, caller=caller))
        except asyncpg.ForeignKeyViolationError:
            raise Problem(422, "unknown_reference", "This refers to something that does not exist.") from None
        except (asyncpg.CheckViolationError, asyncpg.DataError) as error:
            where = getattr(error, "constraint_name", None) or "a value"
            raise Problem(422, "invalid_value", f"A value cannot be taken: {where}.") from None

    return DeclaredRoute(path, endpoint, access=access, method=method)


async def _caller(request: Request, services: Services, access: Access) -> Caller:
    match access:
        case Session(scope=scope, workspace=needs_workspace):
            caller = await services.authenticator.session(request, needs_workspace=needs_workspace)
            _check_scope(caller, scope)
            return caller
        case Key(kind=kind):
            return await services.authenticator.key(request, kind)
        case Public():
            return Caller(account_id=None, kind="none")
        case All():
            raise Problem(404, "not_found", "This comes by message.")


def _check_scope(caller: Caller, scope: Scope) -> None:
    if scope not in caller.scopes:
        raise Problem(403, "scope_missing", f"The token lacks the scope {scope.value}.", scope=scope.value)
    if caller.role == "guest" and scope is not Scope.READ:
        raise Problem(403, "forbidden", "Guests read.")


def _refuse_other_sites(request: Request, access: Access) -> None:
    """Another site's page can make a browser send the cookie; it cannot make it lie about where the page is from.

    Only a browser sends a cookie, and browsers say `Origin` with whatever is no GET:
    https://fetch.spec.whatwg.org/#origin-header
    """
    if request.method in SAFE_METHODS or isinstance(access, Key | All):
        return
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    by_cookie = isinstance(access, Session) and "cookie" in request.headers
    if origin is None and site is None and not by_cookie:
        return
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    scheme = request.headers.get("x-forwarded-proto") or request.url.scheme
    same = origin == f"{scheme}://{host}" if origin is not None else site in {"same-origin", "none"}
    if not same or site not in {None, "same-origin", "none"}:
        raise Problem(403, "other_site", "This request comes from another site's page.")


async def on_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    error = {"code": problem.code, "message": problem.message, "request_id": web.request_id(request), **problem.fields}
    return JSONResponse({"error": error}, problem.status, headers={"Cache-Control": "no-store", **problem.headers})


async def on_auth_unavailable(request: Request, error: Exception) -> Response:
    message = "The directory of accounts does not answer. Try again with the same id."
    return web.error_document(request.scope, 503, "auth_unavailable", message, {"Retry-After": str(RETRY_AFTER_S)})


async def on_operation_conflict(request: Request, error: Exception) -> Response:
    message = "This operation id was used for something else."
    return web.error_document(request.scope, 409, "operation_conflict", message)


async def on_database_unavailable(request: Request, error: Exception) -> Response:
    return web.error_document(request.scope, 503, "unavailable", "Try again.", {"Retry-After": str(RETRY_AFTER_S)})


HANDLERS = {
    Problem: on_problem,
    AuthUnavailable: on_auth_unavailable,
    OperationConflict: on_operation_conflict,
    asyncpg.PostgresConnectionError: on_database_unavailable,
    asyncpg.CannotConnectNowError: on_database_unavailable,
    asyncpg.QueryCanceledError: on_database_unavailable,
    asyncpg.DeadlockDetectedError: on_database_unavailable,
    asyncpg.InterfaceError: on_database_unavailable,
    OSError: on_database_unavailable,
}
