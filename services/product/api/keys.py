"""Keys that this product mints, `<workspace id>.<random>`, and what comes in by them: a webhook, a public link.

Who has a key is nobody in particular: it opens one thing of one workspace, until its row is deleted.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import Field, model_validator
from starlette.responses import JSONResponse, Response

from kit.database import Connection
from product.access import Key
from product.api.call import Body, Call, read_json, route
from product.api.records import WRITE, change, delete, fetch_record, insert
from product.errors import Problem
from product.tenant import transaction

RANDOM_BYTES = 24  # at least 128 bits (docs/request-path.md, "Keys")
WEBHOOK, LINK = "webhook", "link"


class NewKey(Body):
    id: UUID
    kind: Literal["webhook", "link"]
    project_id: UUID | None = None
    issue_id: UUID | None = None

    @model_validator(mode="after")
    def opens_one_thing(self) -> NewKey:
        wanted = (self.project_id, self.issue_id) if self.kind == WEBHOOK else (self.issue_id, self.project_id)
        if wanted[0] is None or wanted[1] is not None:
            raise ValueError("a webhook opens a project, a link an issue")
        return self


class HookIssue(Body):
    title: Annotated[str, Field(min_length=1, max_length=500)]
    description: Annotated[str, Field(max_length=100_000)] = ""


async def mint(call: Call) -> Response:
    """The key is shown once. Not by an operation id: an answer that could be given again would have to keep it."""
    body = await read_json(call.request, NewKey)
    workspace = call.caller.workspace
    key = f"{workspace}.{secrets.token_urlsafe(RANDOM_BYTES)}"
    values = {**body.model_dump(), "hash": sha256(key.encode()).hexdigest()}
    async with transaction(call.services.database, workspace, account_id=call.caller.account) as connection:
        await insert(connection, "route_key", workspace, values)
    return JSONResponse({"route_key": body.model_dump(mode="json"), "key": key}, 201)


async def take_hook(call: Call) -> Response:
    body = await read_json(call.request, HookIssue)
    opened = await _opened(call)

    async def act(connection: Connection) -> dict[str, Any]:
        values = {"id": uuid4(), "project_id": opened["project_id"], **body.model_dump()}
        made = await insert(connection, "issue", call.caller.workspace, values)
        return {"issue": {"id": made["id"]}}

    return await change(call, ("hook", opened["id"].hex, body.model_dump(mode="json")), act, 201)


async def show_link(call: Call) -> Response:
    opened = await _opened(call)
    async with transaction(call.services.database, call.caller.workspace, read_only=True) as connection:
        issue = await fetch_record(connection, "issue", call.caller.workspace, opened["issue_id"])
    return JSONResponse({"issue": {name: issue[name] for name in ("id", "title", "description", "status", "priority")}})


async def _opened(call: Call) -> Any:
    async with transaction(call.services.database, call.caller.workspace, read_only=True) as connection:
        opened = await connection.fetchrow(
            "SELECT id, project_id, issue_id FROM product.route_key WHERE workspace_id = $1 AND hash = $2",
            call.caller.workspace,
            sha256(call.request.path_params["key"].encode()).hexdigest(),
        )
    if opened is None:  # deleted since it let the request in
        raise Problem(404, "unknown_key", "There is no such key.")
    return opened


ROUTES = [
    route("POST", "/api/route-keys", WRITE, mint),
    route("DELETE", "/api/route-keys/{id}", WRITE, delete("route_key")),
    route("POST", "/hooks/issues/{key}", Key(WEBHOOK), take_hook),
    route("GET", "/public/issues/{key}", Key(LINK), show_link),
]
