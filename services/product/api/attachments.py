"""Files of issues, streamed to the bucket and from it: a signed address would outlive a revocation."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response, StreamingResponse

from kit.database import Connection
from product.access import Scope, Session
from product.api.call import Call, route
from product.api.records import WRITE, change, delete, fetch_record, insert, path_id
from product.bucket import object_name, weigh
from product.errors import Problem
from product.tenant import transaction

PATH = "/api/attachments/"
MAX_BYTES = 100 * 1024 * 1024
MAX_TYPE = 100


async def put(call: Call) -> Response:
    """The file first, then its row: a row whose file is missing would be a promise that is not kept."""
    attachment_id, caller = path_id(call.request), call.caller
    name = call.request.query_params.get("name", "")
    issue_id = call.request.query_params.get("issue_id", "")
    content_type = call.request.headers.get("content-type", "application/octet-stream")
    # Before the file is stored: PostgreSQL takes no NUL, and a file without a row would stay.
    if not 1 <= len(name) <= 255 or "\0" in name or len(content_type) > MAX_TYPE:
        raise Problem(400, "invalid_query", "?name= has 1 to 255 characters.")
    async with transaction(call.services.database, caller.workspace, read_only=True) as connection:
        known = await connection.fetchrow(
            "SELECT i.id AS issue_id, a.id AS attachment_id FROM product.issue i "
            "LEFT JOIN product.attachment a ON a.workspace_id = i.workspace_id AND a.id = $3 "
            "WHERE i.workspace_id = $1 AND i.id::text = $2",
            caller.workspace,
            issue_id,
            attachment_id,
        )
    if known is None:
        raise Problem(404, "not_found", "There is no such issue.")
    if known["attachment_id"] is None:
        name_there = object_name(caller.workspace, str(attachment_id))
        stored = await call.services.bucket.store(name_there, content_type, call.request.stream())
    else:
        stored = await weigh(call.request.stream())
    values = {
        "id": attachment_id,
        "issue_id": known["issue_id"],
        "name": name,
        "content_type": content_type,
        "size_bytes": stored.size_bytes,
        "sha256": stored.sha256,
        "created_by": caller.account,
    }

    async def act(connection: Connection) -> dict[str, Any]:
        if known["attachment_id"] is None:
            return {"attachment": await insert(connection, "attachment", caller.workspace, values)}
        there = await fetch_record(connection, "attachment", caller.workspace, attachment_id)
        if (there["sha256"], there["issue_id"]) != (stored.sha256, issue_id):
            raise Problem(409, "already_exists", "This id is taken by another file.")
        return {"attachment": there}  # sent again after its answer was lost

    return await change(call, ("attachment", str(attachment_id), name, issue_id, stored.sha256), act, 201)


async def get(call: Call) -> Response:
    attachment_id, workspace = path_id(call.request), call.caller.workspace
    async with transaction(call.services.database, workspace, read_only=True) as connection:
        record = await fetch_record(connection, "attachment", workspace, attachment_id)
    chunks = await call.services.bucket.read(object_name(workspace, str(attachment_id)))
    return StreamingResponse(
        chunks,
        media_type=record["content_type"],
        headers={
            # Never shown in the page's own origin, whatever it says it is.
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(record['name'], safe='')}",
            "Content-Length": str(record["size_bytes"]),
        },
    )


async def list_of_issue(call: Call) -> Response:
    async with transaction(call.services.database, call.caller.workspace, read_only=True) as connection:
        rows = await connection.fetch(
            "SELECT to_jsonb(t) AS record FROM product.attachment t "
            "WHERE workspace_id = $1 AND issue_id = $2 ORDER BY id",
            call.caller.workspace,
            path_id(call.request),
        )
    return JSONResponse({"attachments": [row["record"] for row in rows]})


ROUTES = [
    route("GET", "/api/issues/{id}/attachments", Session(), list_of_issue),
    route("PUT", PATH + "{id}", WRITE, put),
    route("GET", PATH + "{id}", Session(Scope.READ), get),
    route("DELETE", PATH + "{id}", WRITE, delete("attachment")),
]
