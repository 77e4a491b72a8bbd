"""Rows as the records that regions see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strawberry import ID

from auth.graphql.types import (
    Account,
    Counter,
    Credential,
    CredentialKind,
    Membership,
    Role,
    Scope,
    Workspace,
    WorkspaceState,
)

CREDENTIAL_COLUMNS = (
    "c.id, c.kind, c.hash, c.account_id, c.workspace_id, c.scopes, c.name, c.created_at, c.expires_at, c.revoked_at"
)
MEMBERSHIP_COLUMNS = "m.id, m.workspace_id, m.account_id, m.role, m.name, a.email, m.facts_place, m.row_version"
WORKSPACE_COLUMNS = "w.id, w.name, w.url_key, w.region, w.place_version, w.row_version, w.state, w.created_by"

Row = Mapping[str, Any]


def account_of(row: Row) -> Account:
    return Account(id=ID(row["id"]), email=row["email"], region=row["region"])


def workspace_of(row: Row) -> Workspace:
    return Workspace(
        id=ID(row["id"]),
        name=row["name"],
        url_key=row["url_key"],
        region=row["region"],
        place_version=Counter(row["place_version"]),
        row_version=Counter(row["row_version"]),
        state=WorkspaceState(row["state"]),
        created_by=None if row["created_by"] is None else ID(row["created_by"]),
    )


def membership_of(row: Row) -> Membership:
    return Membership(
        id=ID(row["id"]),
        workspace_id=ID(row["workspace_id"]),
        account_id=ID(row["account_id"]),
        role=Role(row["role"]),
        name=row["name"],
        email=row["email"],
        place_version=Counter(row["facts_place"]),
        row_version=Counter(row["row_version"]),
    )


def credential_of(row: Row) -> Credential:
    return Credential(
        id=ID(row["id"]),
        kind=CredentialKind(row["kind"]),
        hash=row["hash"].hex(),
        account_id=ID(row["account_id"]),
        workspace_id=None if row["workspace_id"] is None else ID(row["workspace_id"]),
        scopes=[Scope(scope) for scope in row["scopes"]],
        name=row["name"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
