"""Projects, issues and comments: rows of one workspace, with ids that clients make.

Each kind is a row of `KINDS`; what they have in common is written once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit.database import Connection
from kit.operations import once
from product.access import Scope, Session
from product.api.call import Body, Call, read_json, route
from product.errors import Problem
from product.tenant import last_change, transaction

Act: TypeAlias = Callable[[Connection], Awaitable[dict[str, Any]]]
PAGE = 200
WRITE = Session(Scope.WRITE)

Title = Annotated[str, Field(min_length=1, max_length=500)]
Text = Annotated[str, Field(max_length=100_000)]
Status = Literal["backlog", "todo", "in_progress", "done", "canceled"]
Priority = Annotated[int, Field(ge=0, le=4)]


class NewProject(Body):
    id: UUID
    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=20_000)] = ""


class ProjectPatch(Body):
    name: Annotated[str, Field(min_length=1, max_length=200)] = ""
    description: Annotated[str, Field(max_length=20_000)] = ""


class NewIssue(Body):
    id: UUID
    project_id: UUID
    title: Title
    description: Text = ""
    status: Status = "todo"
    priority: Priority = 0
    assignee_id: str | None = None


class IssuePatch(Body):
    project_id: UUID | None = None
    title: Title = ""
    description: Text = ""
    status: Status = "todo"
    priority: Priority = 0
    assignee_id: str | None = None


class NewComment(Body):
    id: UUID
    body: Annotated[str, Field(min_length=1, max_length=50_000)]


class CommentPatch(Body):
    body: Annotated[str, Field(min_length=1, max_length=50_000)] = ""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`author`: the column that keeps who made it. `parent`: the column that the path says."""

    name: str
    new: type[Body]
    patch: type[Body]
    author: str | None = None
    parent: str | None = None

    @property
    def plural(self) -> str:
        return f"{self.name}s"


PROJECT = Kind(name="project", new=NewProject, patch=ProjectPatch)
ISSUE = Kind(name="issue", new=NewIssue, patch=IssuePatch, author="created_by")
COMMENT = Kind(name="comment", new=NewComment, patch=CommentPatch, author="author_id", parent="issue_id")
KINDS = (PROJECT, ISSUE, COMMENT)


def path_id(request: Request, name: str = "id") -> UUID:
    """Raises Problem 404: there is nothing with an id that is none."""
    try:
        return UUID(request.path_params[name])
    except ValueError:
        raise Problem(404, "not_found", "There is nothing with this id.") from None


async def fetch_record(connection: Connection, table: str, workspace_id: str, record_id: UUID) -> dict[str, Any]:
    """Raises Problem 404."""
    found: dict[str, Any] | None = await connection.fetchval(
        f"SELECT to_jsonb(t) FROM product.{table} t WHERE workspace_id = $1 AND id = $2", workspace_id, record_id
    )
    if found is None:
        raise Problem(404, "not_found", f"There is no such {table.replace('_', ' ')}.")
    return found


async def change(call: Call, what: Sequence[Any], act: Act, status: int = 200) -> Response:
    """Runs `act(connection)` in a transaction of the caller's workspace, and answers what it gives and the number of
    the last change. With an operation id it runs once: `what`, JSON, is what the operation is."""
    caller = call.caller
    async with transaction(
        call.services.database, caller.workspace, account_id=caller.account_id, operation_id=call.operation_id
    ) as connection:

        async def acting() -> dict[str, Any]:
            given = await act(connection)
            return {**given, "change": await last_change(connection, caller.workspace)}

        if not call.operation_id:
            answer = await acting()
        else:
            key = {"workspace_id": caller.workspace, "account_id": caller.account_id or "", "id": call.operation_id}
            answer = await once(connection, "product", key, what, acting)
    return call.answer(answer, status)


async def insert(connection: Connection, table: str, workspace_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The row as it is now. Raises Problem where the id is taken. Column names come from models, never from clients."""
    columns = ["workspace_id", *values]
    row: dict[str, Any] | None = await connection.fetchval(
        f"INSERT INTO product.{table} AS t ({', '.join(columns)}) "
        f"VALUES ({', '.join(f'${n}' for n in range(1, len(columns) + 1))}) "
        "ON CONFLICT (workspace_id, id) DO NOTHING RETURNING to_jsonb(t)",
        workspace_id,
        *values.values(),
    )
    if row is None:
        raise Problem(409, "already_exists", "This id is taken.", id=str(values["id"]))
    return row


def _list(kind: Kind) -> Any:
    filters = {"issue": "project_id", "comment": "issue_id"}.get(kind.name)

    async def handler(call: Call) -> Response:
        query = call.request.query_params
        asked = call.request.path_params.get("id") if kind.parent else query.get(filters or "")
        limit, after = _page(query)
        conditions, values = ["workspace_id = $1", "($2::uuid IS NULL OR id > $2)"], [call.caller.workspace, after]
        if filters is not None and asked is not None:
            conditions.append(f"{filters} = $3")
            values.append(_uuid(asked))
        async with transaction(call.services.database, call.caller.workspace, read_only=True) as connection:
            rows = await connection.fetch(
                f"SELECT to_jsonb(t) AS record FROM product.{kind.name} t WHERE {' AND '.join(conditions)} "
                f"ORDER BY id LIMIT {limit + 1}",
                *values,
            )
        records = [row["record"] for row in rows]
        more = records[limit - 1]["id"] if len(records) > limit else None
        return JSONResponse({kind.plural: records[:limit], "after": more})

    return handler


def _page(query: Mapping[str, str]) -> tuple[int, UUID | None]:
    given = query.get("limit", str(PAGE))
    if not given.isdecimal() or len(given) > 3 or not 1 <= int(given) <= PAGE:
        raise Problem(400, "invalid_query", f"limit is from 1 to {PAGE}.")
    return int(given), _uuid(query["after"]) if "after" in query else None


def _uuid(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Problem(400, "invalid_query", "An id is a UUID.") from None


def _create(kind: Kind) -> Any:
    async def handler(call: Call) -> Response:
        body = await read_json(call.request, kind.new)
        values = body.model_dump()
        if kind.parent is not None:
            values[kind.parent] = path_id(call.request)
        if kind.author is not None:
            values[kind.author] = call.caller.account

        async def act(connection: Connection) -> dict[str, Any]:
            return {kind.name: await insert(connection, kind.name, call.caller.workspace, values)}

        return await change(call, (kind.name, call.request.url.path, body.model_dump(mode="json")), act, 201)

    return handler


def _get(kind: Kind) -> Any:
    async def handler(call: Call) -> Response:
        record_id = path_id(call.request)
        async with transaction(call.services.database, call.caller.workspace, read_only=True) as connection:
            record = await fetch_record(connection, kind.name, call.caller.workspace, record_id)
        return JSONResponse({kind.name: record})

    return handler


def _patch(kind: Kind) -> Any:
    async def handler(call: Call) -> Response:
        record_id = path_id(call.request)
        body = await read_json(call.request, kind.patch)
        given = body.model_dump(include=body.model_fields_set)
        if not given or (given.get("project_id", record_id) is None):
            raise Problem(400, "invalid_body", "Say what to change.")
        sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(given, 3))

        async def act(connection: Connection) -> dict[str, Any]:
            record = await connection.fetchval(
                f"UPDATE product.{kind.name} AS t SET {sets} WHERE workspace_id = $1 AND id = $2 RETURNING to_jsonb(t)",
                call.caller.workspace,
                record_id,
                *given.values(),
            )
            if record is None:
                raise Problem(404, "not_found", f"There is no such {kind.name}.")
            return {kind.name: record}

        what = (kind.name, str(record_id), body.model_dump(mode="json", include=body.model_fields_set))
        return await change(call, what, act)

    return handler


def delete(table: str) -> Any:
    """A handler that deletes one row; what hangs on it goes with it. Also where it is gone already."""

    async def handler(call: Call) -> Response:
        record_id = path_id(call.request)

        async def act(connection: Connection) -> dict[str, Any]:
            await connection.execute(
                f"DELETE FROM product.{table} WHERE workspace_id = $1 AND id = $2", call.caller.workspace, record_id
            )
            return {"deleted": str(record_id)}

        return await change(call, ("delete", table, str(record_id)), act)

    return handler


ROUTES = [
    *(
        made
        for kind in (PROJECT, ISSUE)
        for made in (
            route("GET", f"/api/{kind.plural}", Session(), _list(kind)),
            route("POST", f"/api/{kind.plural}", WRITE, _create(kind)),
            route("GET", f"/api/{kind.plural}/{{id}}", Session(), _get(kind)),
            route("PATCH", f"/api/{kind.plural}/{{id}}", WRITE, _patch(kind)),
            route("DELETE", f"/api/{kind.plural}/{{id}}", WRITE, delete(kind.name)),
        )
    ),
    route("GET", "/api/issues/{id}/comments", Session(), _list(COMMENT)),
    route("POST", "/api/issues/{id}/comments", WRITE, _create(COMMENT)),
    route("PATCH", "/api/comments/{id}", WRITE, _patch(COMMENT)),
    route("DELETE", "/api/comments/{id}", WRITE, delete("comment")),
]
