"""Workspaces and their members: what begins in auth, and what begins here.

Created in auth first, by an operation id that the client chose: rows here stay invisible until auth has confirmed them,
and whoever lost an answer asks again by the same id. Names and roles change here first and go to auth by the outbox. A
URL key is claimed in auth before it is written here. What is deleted is deleted in auth first.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from starlette.responses import JSONResponse, Response

from kit.database import Connection
from product.access import Scope, Session
from product.api.call import Body, Call, read_json, route
from product.api.records import change
from product.auth_client import MembershipFields, Role, WorkspaceFields
from product.errors import Problem
from product.tenant import last_change, transaction


def _printable(value: str) -> str:
    """Auth keeps these too, and takes no other."""
    if not value.isprintable():
        raise ValueError("characters that can be printed")
    return value


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]
UrlKey = Annotated[str, Field(pattern=r"^[a-z0-9-]+$", min_length=2, max_length=40)]
RoleName = Literal["owner", "admin", "member", "guest"]


class NewWorkspace(Body):
    operation_id: Annotated[str, Field(min_length=8, max_length=100)]
    name: Name
    url_key: UrlKey


class WorkspacePatch(Body):
    name: Name | None = None
    url_key: UrlKey | None = None

    @model_validator(mode="after")
    def says_something(self) -> WorkspacePatch:
        if self.name is None and self.url_key is None:
            raise ValueError("nothing to change")
        return self


class NewMember(Body):
    """Without a name: what stands before the `@`, until the member says another."""

    email: Annotated[str, Field(min_length=3, max_length=320)]
    name: Name | None = None
    role: RoleName = "member"


class MemberPatch(Body):
    name: Name | None = None
    role: RoleName | None = None


async def list_workspaces(call: Call) -> Response:
    """Of all places where the account is a member: auth alone knows them. A token shows the one that it is good for."""
    found = await call.services.auth.memberships(call.caller.account)
    if call.caller.kind != "cookie":
        found = [one for one in found if one.workspace.id == call.caller.workspace_id]
    return JSONResponse(
        {
            "workspaces": [
                {
                    "id": one.workspace.id,
                    "name": one.workspace.name,
                    "url_key": one.workspace.url_key,
                    "role": one.membership.role.value.lower(),
                    "region": one.workspace.region,
                }
                for one in found
            ]
        }
    )


async def create_workspace(call: Call) -> Response:
    if call.caller.kind != "cookie":
        raise Problem(403, "forbidden", "A token is good for one workspace, and makes no other.")
    body = await read_json(call.request, NewWorkspace)
    auth = call.services.auth
    claimed = await auth.create_workspace(body.operation_id, call.caller.account, body.name, body.url_key)
    match claimed.typename__:
        case "UrlKeyTaken":
            raise _url_key_taken(claimed.url_key)
        case "OperationConflict":
            raise _operation_conflict(claimed.operation_id)
        case "PlacedElsewhere":
            raise Problem(409, "placed_elsewhere", "This account creates workspaces elsewhere.", region=claimed.region)
        case "Invalid":
            raise Problem(422, "invalid_value", f"{claimed.field}: {claimed.reason}", field=claimed.field)
        case "WorkspaceClaimed":
            pass
    workspace_id = claimed.workspace.id
    await _write_pending(call, claimed.workspace, claimed.owner)
    confirmed = await auth.confirm_workspace(workspace_id)
    match confirmed.typename__:
        case "ClaimLost":
            async with transaction(call.services.database, workspace_id) as connection:
                await connection.execute("SELECT product.drop_pending($1)", workspace_id)
            raise Problem(409, "claim_lost", "Somebody took the URL key meanwhile. Choose another id and another key.")
        case "NotYours":
            raise Problem(409, "claim_lost", "The workspace is gone, or elsewhere.")
        case "Confirmed":
            shown = await _confirm(call, confirmed.workspace)
    return JSONResponse({"workspace": shown}, 201)


async def _write_pending(call: Call, workspace: WorkspaceFields, owner: MembershipFields) -> None:
    """Nobody sees them before they are confirmed. A second try finds them there."""
    async with transaction(call.services.database, workspace.id, account_id=owner.account_id) as connection:
        there = await connection.fetchrow("SELECT * FROM product.admit($1, $2, '')", workspace.id, owner.account_id)
        if there["is_deleted"]:
            raise Problem(409, "claim_lost", "The workspace was deleted.")
        if there["was_member"] and there["member_id"] is None:  # made it once, and left it
            raise Problem(403, "not_a_member", "This account is not a member of the workspace.")
        await connection.execute(
            "INSERT INTO product.workspace (workspace_id, name, url_key, place_version, version) "
            "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            workspace.id,
            workspace.name,
            workspace.url_key,
            workspace.place_version,
            workspace.row_version,
        )
        await write_member(connection, owner)


async def _confirm(call: Call, workspace: WorkspaceFields) -> dict[str, Any]:
    async with transaction(call.services.database, workspace.id, account_id=call.caller.account) as connection:
        # Auth knows it already: this is no change of a fact, and goes nowhere.
        await connection.execute("SELECT set_config('kit.origin', 'auth', true)")
        await connection.execute(
            "UPDATE product.workspace SET state = 'confirmed' WHERE workspace_id = $1 AND state = 'pending'",
            workspace.id,
        )
        return await _shown(connection, workspace.id)


async def get_workspace(call: Call) -> Response:
    async with transaction(call.services.database, call.caller.workspace, read_only=True) as connection:
        return JSONResponse({"workspace": await _shown(connection, call.caller.workspace)})


async def change_workspace(call: Call) -> Response:
    call.caller.must_manage()
    body = await read_json(call.request, WorkspacePatch)
    if body.url_key is not None:
        await _claim_url_key(call, body.url_key)

    async def act(connection: Connection) -> dict[str, Any]:
        await connection.execute(
            "UPDATE product.workspace SET name = coalesce($2, name), url_key = coalesce($3, url_key) "
            "WHERE workspace_id = $1",
            call.caller.workspace,
            body.name,
            body.url_key,
        )
        return {"workspace": await _shown(connection, call.caller.workspace)}

    return await change(call, ("workspace", body.model_dump(mode="json")), act)


async def _claim_url_key(call: Call, url_key: str) -> None:
    operation_id = call.operation_id
    if not operation_id:
        raise Problem(400, "operation_id_missing", "A change of the URL key needs an Idempotency-Key.")
    claimed = await call.services.auth.claim_url_key(operation_id, call.caller.account, call.caller.workspace, url_key)
    match claimed.typename__:
        case "UrlKeyTaken":
            raise _url_key_taken(url_key)
        case "OperationConflict":
            raise _operation_conflict(operation_id)
        case "NotYours":
            raise Problem(404, "unknown_workspace", "The workspace is gone, or elsewhere.")
        case "Invalid":
            raise Problem(422, "invalid_value", f"{claimed.field}: {claimed.reason}", field=claimed.field)
        case "UrlKeyClaimed":
            return


async def delete_workspace(call: Call) -> Response:
    if call.caller.role != "owner":
        raise Problem(403, "forbidden", "Owners of the workspace may do this.")
    deleted = await call.services.auth.delete_workspace(call.caller.workspace)
    if deleted.typename__ == "NotYours":
        raise Problem(404, "unknown_workspace", "The workspace is gone, or elsewhere.")
    async with transaction(call.services.database, call.caller.workspace) as connection:
        await connection.execute("SELECT product.bury('workspace', $1, $1)", call.caller.workspace)
    return Response(status_code=204)


async def list_members(call: Call) -> Response:
    async with transaction(call.services.database, call.caller.workspace, read_only=True) as connection:
        rows = await connection.fetch(
            "SELECT to_jsonb(m) AS member FROM product.member m WHERE workspace_id = $1 ORDER BY created_at, id",
            call.caller.workspace,
        )
    return JSONResponse({"members": [row["member"] for row in rows]})


async def add_member(call: Call) -> Response:
    call.caller.must_manage()
    body = await read_json(call.request, NewMember)
    _only_owners_make_owners(call, body.role)
    operation_id = call.operation_id
    if not operation_id:
        raise Problem(400, "operation_id_missing", "An invitation needs an Idempotency-Key.")
    workspace_id = call.caller.workspace
    name = body.name or body.email.partition("@")[0]
    added = await call.services.auth.add_member(
        operation_id, call.caller.account, workspace_id, body.email, name, Role(body.role.upper())
    )
    match added.typename__:
        case "OperationConflict":
            raise _operation_conflict(operation_id)
        case "NotYours":
            raise Problem(404, "unknown_workspace", "The workspace is gone, or elsewhere.")
        case "Invalid":
            raise Problem(422, "invalid_value", f"{added.field}: {added.reason}", field=added.field)
        case "MemberAdded" | "AlreadyMember":
            pass
    async with transaction(
        call.services.database, workspace_id, account_id=call.caller.account, operation_id=operation_id
    ) as connection:
        await write_member(connection, added.membership)
        shown = await _member(connection, workspace_id, added.membership.id)
        change = await last_change(connection, workspace_id)
    return call.answer({"member": shown, "change": change}, 201)


async def write_member(connection: Connection, membership: MembershipFields) -> None:
    """As auth has it, where it is not here yet, and was not removed since."""
    await connection.execute(
        "INSERT INTO product.member (workspace_id, id, account_id, name, email, role, version) "
        "SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT product.is_buried('member', $2) ON CONFLICT DO NOTHING",
        membership.workspace_id,
        membership.id,
        membership.account_id,
        membership.name,
        membership.email,
        membership.role.value.lower(),
        membership.row_version,
    )


async def change_member(call: Call) -> Response:
    body = await read_json(call.request, MemberPatch)
    workspace_id, member_id = call.caller.workspace, call.request.path_params["id"]

    async def act(connection: Connection) -> dict[str, Any]:
        member = await _member(connection, workspace_id, member_id)
        if body.role is not None or member["account_id"] != call.caller.account:
            call.caller.must_manage()
        for role in (body.role, member["role"] if body.role is not None else None):
            _only_owners_make_owners(call, role)
        await _keep_an_owner(connection, member, body.role)
        await connection.execute(
            "UPDATE product.member SET name = coalesce($3, name), role = coalesce($4, role) "
            "WHERE workspace_id = $1 AND id = $2",
            workspace_id,
            member_id,
            body.name,
            body.role,
        )
        return {"member": await _member(connection, workspace_id, member_id)}

    return await change(call, ("member", member_id, body.model_dump(mode="json")), act)


async def remove_member(call: Call) -> Response:
    workspace_id, member_id = call.caller.workspace, call.request.path_params["id"]
    async with transaction(call.services.database, workspace_id, account_id=call.caller.account) as connection:
        member = await _member(connection, workspace_id, member_id)
        if member["account_id"] != call.caller.account:
            call.caller.must_manage()
            _only_owners_make_owners(call, member["role"])
        await _keep_an_owner(connection, member, "guest")
        if member["role"] == "owner":
            # No owner any more from here on, or two could remove each other while auth is asked.
            await connection.execute(
                "UPDATE product.member SET role = 'admin' WHERE workspace_id = $1 AND id = $2", workspace_id, member_id
            )
            await last_change(connection, workspace_id)
    removed = await call.services.auth.remove_member(workspace_id, member_id)
    if removed.typename__ == "NotYours":
        raise Problem(404, "unknown_workspace", "The workspace is gone, or elsewhere.")
    async with transaction(call.services.database, workspace_id, account_id=call.caller.account) as connection:
        await connection.execute("SELECT product.bury('member', $1, $2)", workspace_id, member_id)
        await last_change(connection, workspace_id)
    await call.services.hints.revoked(member["account_id"])
    return Response(status_code=204)


def _only_owners_make_owners(call: Call, role: str | None) -> None:
    if role == "owner" and call.caller.role != "owner":
        raise Problem(403, "forbidden", "Owners of the workspace may do this.")


async def _keep_an_owner(connection: Connection, member: dict[str, Any], role: str | None) -> None:
    if member["role"] == "owner" and role not in {None, "owner"}:
        owners = await connection.fetch(  # locked: two owners cannot both be the second to go
            "SELECT id FROM product.member WHERE workspace_id = $1 AND role = 'owner' ORDER BY id FOR UPDATE",
            member["workspace_id"],
        )
        if len(owners) == 1:
            raise Problem(409, "last_owner", "Make somebody else an owner first.")


async def _member(connection: Connection, workspace_id: str, member_id: str) -> dict[str, Any]:
    found: dict[str, Any] | None = await connection.fetchval(
        "SELECT to_jsonb(m) FROM product.member m WHERE workspace_id = $1 AND id = $2", workspace_id, member_id
    )
    if found is None:
        raise Problem(404, "not_found", "There is no such member.")
    return found


async def _shown(connection: Connection, workspace_id: str) -> dict[str, Any]:
    row = await connection.fetchrow(
        "SELECT workspace_id AS id, name, url_key, version FROM product.workspace WHERE workspace_id = $1", workspace_id
    )
    if row is None:
        raise Problem(404, "unknown_workspace", "There is no such workspace.")
    return dict(row)


def _url_key_taken(url_key: str) -> Problem:
    return Problem(409, "url_key_taken", "Another workspace has this URL key.", url_key=url_key)


def _operation_conflict(operation_id: str) -> Problem:
    message = "This operation id was used for something else."
    return Problem(409, "operation_conflict", message, operation_id=operation_id)


MANAGE = Session(Scope.ADMIN)
ROUTES = [
    route("GET", "/api/workspaces", Session(workspace=False), list_workspaces),
    route("POST", "/api/workspaces", Session(Scope.ADMIN, workspace=False), create_workspace),
    route("GET", "/api/workspace", Session(), get_workspace),
    route("PATCH", "/api/workspace", MANAGE, change_workspace),
    route("DELETE", "/api/workspace", MANAGE, delete_workspace),
    route("GET", "/api/members", Session(), list_members),
    route("POST", "/api/members", MANAGE, add_member),
    route("PATCH", "/api/members/{id}", MANAGE, change_member),
    route("DELETE", "/api/members/{id}", MANAGE, remove_member),
]
