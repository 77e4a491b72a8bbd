"""Who asks, and transactions that see the caller's workspace alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kit.database import Connection, Database
from product.access import Scope
from product.errors import Problem

API = "product_api"
MANAGERS = frozenset({"owner", "admin"})


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody whose credential, or whose key, was verified. Nothing of it comes from a path or a body."""

    account_id: str | None  # None: a key
    kind: str
    workspace_id: str | None = None
    role: str | None = None
    scopes: frozenset[Scope] = field(default_factory=lambda: frozenset(Scope))

    @property
    def account(self) -> str:
        """Raises Problem where it is a key."""
        if self.account_id is None:
            raise Problem(403, "forbidden", "A key is nobody's account.")
        return self.account_id

    @property
    def workspace(self) -> str:
        """Raises Problem where there is none."""
        if self.workspace_id is None:
            raise Problem(404, "unknown_workspace", "Name a workspace in X-Workspace.")
        return self.workspace_id

    def must_manage(self) -> None:
        if self.role not in MANAGERS:
            raise Problem(403, "forbidden", "Owners and admins of the workspace may do this.")


@asynccontextmanager
async def transaction(
    database: Database,
    workspace_id: str,
    *,
    account_id: str | None = None,
    operation_id: str = "",
    read_only: bool = False,
) -> AsyncIterator[Connection]:
    """A transaction of the API's role. Row security shows it this workspace, and nothing where it is forgotten."""
    local = {
        "product.workspace_id": workspace_id,
        "product.account_id": account_id or "",
        "product.operation_id": operation_id,
    }
    async with database.transaction(API, read_only=read_only, local=local) as connection:
        yield connection


async def last_change(connection: Connection, workspace_id: str) -> int:
    """Numbers what this transaction has changed, as its last step, and gives the last number."""
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return int(await connection.fetchval("SELECT n FROM product.change_head WHERE workspace_id = $1", workspace_id))
