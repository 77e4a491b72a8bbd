"""Signing in and out, and tokens. Auth keeps all of it; what a region knows is the cookie that it sets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from product.access import Public, Scope, Session
from product.api.call import Body, Call, read_json, route
from product.auth_client import CredentialFields, CredentialKind
from product.auth_client import Scope as TokenScope
from product.credentials import REGION_COOKIE, SESSION_COOKIE, read_credential
from product.errors import Problem

SESSION_DAYS = 30
HINT_DAYS = 400  # as long as browsers keep any
DAY_S = 24 * 60 * 60


class CodeBody(Body):
    email: Annotated[str, Field(min_length=3, max_length=320)]


class SignInBody(Body):
    challenge_id: Annotated[str, Field(min_length=1, max_length=100)]
    email: Annotated[str, Field(min_length=3, max_length=320)]
    code: Annotated[str, Field(min_length=1, max_length=20)]


class TokenBody(Body):
    kind: Literal["bearer", "api-key"]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[TokenScope], Field(min_length=1)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


async def send_code(call: Call) -> Response:
    body = await read_json(call.request, CodeBody)
    sent = await call.services.auth.request_sign_in_code(body.email, _address(call.request))
    match sent.typename__:
        case "CodeSent":
            return JSONResponse({"challenge_id": sent.challenge_id, "expires_in_s": sent.expires_in_s}, 202)
        case "RateLimited":
            raise _slow_down(sent.retry_after_s)
        case "Invalid":
            raise Problem(422, "invalid_value", f"{sent.field}: {sent.reason}", field=sent.field)


async def sign_in(call: Call) -> Response:
    body = await read_json(call.request, SignInBody)
    # The edge says `none` where nobody new is taken: who lives here signs in (docs/request-path.md).
    takes_new = call.request.headers.get("x-edge-placement") != "none"
    signed = await call.services.auth.sign_in(
        body.challenge_id, body.email, body.code, _address(call.request), takes_new
    )
    match signed.typename__:
        case "CodeRefused":
            raise Problem(
                403, "code_refused", "The code is wrong, used or too old.", attempts_left=signed.attempts_left
            )
        case "RateLimited":
            raise _slow_down(signed.retry_after_s)
        case "PlacedElsewhere":
            # With the hint the edge follows the choice of that region even while it drains.
            hint = {"Set-Cookie": _cookie(REGION_COOKIE, signed.region, HINT_DAYS)}
            raise Problem(
                409, "placed_elsewhere", "This account signs in elsewhere.", headers=hint, region=signed.region
            )
        case "NobodyNew":
            raise Problem(409, "nobody_new", "No new accounts are taken here for now. Choose another place.")
        case "SignedIn":
            account = {"id": signed.account.id, "email": signed.account.email}
            answer = JSONResponse({"account": account, "created": signed.created})
            answer.headers.append("set-cookie", _cookie(SESSION_COOKIE, signed.token, SESSION_DAYS))
            # For when nobody else can say where this browser was served (docs/request-path.md).
            answer.headers.append("set-cookie", _cookie(REGION_COOKIE, call.services.region, HINT_DAYS))
            return answer


async def sign_out(call: Call) -> Response:
    credential = read_credential(call.request.headers)
    if credential is not None and credential.kind == "cookie":
        await call.services.auth.sign_out(credential.hash)
        await call.services.hints.revoked(call.caller.account)
    answer = Response(status_code=204)
    answer.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, samesite="lax")
    return answer


async def me(call: Call) -> Response:
    caller = call.caller
    return JSONResponse(
        {
            "account_id": caller.account,
            "kind": caller.kind,
            "scopes": sorted(caller.scopes),
            "workspace_id": caller.workspace_id,
            "role": caller.role,
        }
    )


async def tokens(call: Call) -> Response:
    """The caller's own personal tokens, and the API keys of the workspace."""
    own = await _own(call)
    keys = await call.services.auth.credentials(workspace_id=call.caller.workspace)
    shown = {one.id: one for one in (*own, *keys) if one.kind is not CredentialKind.COOKIE}
    return JSONResponse({"tokens": [_token(one) for one in shown.values()]})


async def create_token(call: Call) -> Response:
    body = await read_json(call.request, TokenBody)
    is_key = body.kind == "api-key"
    if not {scope.value for scope in body.scopes} <= call.caller.scopes:
        raise Problem(403, "scope_missing", "A token makes no token that may do more than itself.")
    if is_key:
        call.caller.must_manage()
    made = await call.services.auth.create_token(
        account_id=call.caller.account,
        kind=CredentialKind.API_KEY if is_key else CredentialKind.BEARER,
        name=body.name,
        scopes=body.scopes,
        workspace_id=call.caller.workspace,
        expires_in_days=body.expires_in_days,
    )
    match made.typename__:
        case "TokenCreated":
            return JSONResponse({"token": _token(made.credential), "secret": made.token}, 201)
        case "NotYours":
            raise Problem(403, "forbidden", "The workspace is not served here.")
        case "Invalid":
            raise Problem(422, "invalid_value", f"{made.field}: {made.reason}", field=made.field)


async def revoke_token(call: Call) -> Response:
    """One's own; an owner or admin also the workspace's API keys."""
    wanted = call.request.path_params["id"]
    auth, caller = call.services.auth, call.caller
    mine = {one.id for one in await _own(call)}
    keys = {one.id: one.account_id for one in await auth.credentials(workspace_id=caller.workspace)}
    if wanted not in mine:
        if wanted not in keys:
            return Response(status_code=204)  # gone already, or nobody's business here
        caller.must_manage()
    owner = caller.account if wanted in mine else keys[wanted]
    await auth.revoke_credential(owner, wanted)
    await call.services.hints.revoked(owner)
    return Response(status_code=204)


async def _own(call: Call) -> list[CredentialFields]:
    """The account's. A token, which may be in other hands, sees of them what is good for its own workspace alone."""
    own = list(await call.services.auth.credentials(account_id=call.caller.account))
    return own if call.caller.kind == "cookie" else [one for one in own if one.bound_to == call.caller.workspace]


def _token(credential: CredentialFields) -> dict[str, object]:
    return {
        "id": credential.id,
        "kind": credential.kind.value.lower().replace("_", "-"),
        "name": credential.name,
        "scopes": [scope.value for scope in credential.scopes],
        "expires_at": credential.expires_at and credential.expires_at.isoformat(),
    }


def _cookie(name: str, value: str, days: int) -> str:
    """Of this host alone, and of no script: the value of `Set-Cookie`."""
    return f"{name}={value}; HttpOnly; Max-Age={days * DAY_S}; Path=/; SameSite=lax; Secure"


def _address(request: Request) -> str:
    """The client's, as the Worker says it: the first, since load balancers add theirs behind it.

    https://cloud.google.com/load-balancing/docs/https#x-forwarded-for_header
    """
    said = request.headers.get("x-forwarded-for", "").partition(",")[0].strip()
    return said or (request.client.host if request.client else "")


def _slow_down(retry_after_s: int) -> Problem:
    return Problem(429, "rate_limited", "Too many tries. Wait a while.", retry_after_s=retry_after_s)


ROUTES = [
    route("POST", "/auth/code", Public(), send_code),
    route("POST", "/auth/sign-in", Public(), sign_in),
    route("POST", "/auth/sign-out", Session(workspace=False), sign_out),
    route("GET", "/api/me", Session(workspace=False), me),
    route("GET", "/api/tokens", Session(Scope.ADMIN), tokens),
    route("POST", "/api/tokens", Session(Scope.ADMIN), create_token),
    route("DELETE", "/api/tokens/{id}", Session(Scope.ADMIN), revoke_token),
]
