"""Who may open a socket, and who may keep it: the API's rules, asked again while the socket lives.

The signed context is over after a minute and a half, so that later checks go by this database alone: by membership, by
what was heard of revocations, by where the workspace is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from kit.database import Database
from kit.web import request_id
from product.access import Scope
from product.authentication import Authenticator
from product.credentials import Credential, read_credential
from product.errors import Problem
from product.sync.app import Admitted
from product.sync.protocol import Close
from product.tenant import API

_CHECK = """
SELECT a.*, w.place_version, c.expires_at <= now() AS is_over
FROM product.admit($1, $2, $3) a
LEFT JOIN product.workspace w ON w.workspace_id = $1
LEFT JOIN product.authenticate($3, $4, '') c ON true"""


class CredentialDoor:
    def __init__(self, authenticator: Authenticator, database: Database) -> None:
        self._authenticator = authenticator
        self._database = database

    async def admit(self, connection: HTTPConnection) -> Admitted | Response:
        try:
            caller = await self._authenticator.session(connection)
            if Scope.READ not in caller.scopes:
                raise Problem(403, "scope_missing", "The token lacks the scope READ.")
            credential = read_credential(connection.headers)
        except Problem as problem:
            return _answer(connection, problem)
        return Admitted(caller.workspace, caller.account, self._checker(caller.workspace, caller.account, credential))

    def _checker(self, workspace: str, account: str, shown: Credential | None) -> Callable[[], Awaitable[Close | None]]:
        by_hash, kind = (shown.hash, shown.kind) if shown is not None else ("", "")

        async def check() -> Close | None:
            local = {"product.workspace_id": workspace}
            async with self._database.transaction(API, read_only=True, local=local) as connection:
                found = await connection.fetchrow(_CHECK, workspace, account, by_hash, kind)
            if found["is_revoked"] or found["is_over"]:
                return Close.SESSION_ENDED
            moved, here = found["moved_version"], found["place_version"]
            if moved is not None and (here is None or here < moved):
                return Close.MOVED
            # Its rows stay for a while after a workspace was deleted.
            return Close.NOT_A_MEMBER if found["is_deleted"] or found["member_id"] is None else None

        return check


def _answer(connection: HTTPConnection, problem: Problem) -> Response:
    error = {"code": problem.code, "message": problem.message, "request_id": request_id(connection.scope)}
    headers = {"Cache-Control": "no-store", **problem.headers}
    return JSONResponse({"error": error | problem.fields}, problem.status, headers=headers)
