"""The schema that regions ask. Each resolver names the caller's region and hands over to the concept's own module."""

from __future__ import annotations

import strawberry
from strawberry import ID
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from auth.graphql.types import (
    Account,
    AddMemberResult,
    ApplyDeletionsResult,
    ApplyUpdatesResult,
    ChangeEmailResult,
    ChangesResult,
    ClaimKeyResult,
    ClaimUrlKeyResult,
    CodeSentResult,
    ConfirmWorkspaceResult,
    Counter,
    CreateTokenResult,
    CreateWorkspaceResult,
    Credential,
    CredentialKind,
    DeleteResult,
    DeletionInput,
    Membership,
    Moved,
    ReleaseKeyResult,
    Revoked,
    Role,
    Scope,
    SignInResult,
    SnapshotPage,
    UpdateInput,
    Workspace,
)


@strawberry.type(description="A membership with where its workspace is: also those of other regions.")
class MembershipPlace:
    membership: Membership
    workspace: Workspace


@strawberry.type
class Query:
    @strawberry.field(description="The feed of the caller's region behind a cursor. At most 1,000 entries.")
    async def changes_since(self, cursor: str, limit: int = 500) -> ChangesResult:
        raise NotImplementedError

    @strawberry.field(description="All records of the caller's region, a page at a time, to start anew.")
    async def snapshot(self, after: str | None = None, limit: int = 500) -> SnapshotPage:
        raise NotImplementedError

    @strawberry.field(description="Null where the caller's region has nothing to do with the account.")
    async def account(self, account_id: ID) -> Account | None:
        raise NotImplementedError

    @strawberry.field(description="In confirmed workspaces of all regions; none for an account of other regions.")
    async def memberships(self, account_id: ID) -> list[MembershipPlace]:
        raise NotImplementedError

    @strawberry.field(description="Those that are good now, of an account, or of a workspace (its API keys).")
    async def credentials(self, account_id: ID | None = None, workspace_id: ID | None = None) -> list[Credential]:
        raise NotImplementedError

    @strawberry.field(description="The statement for each workspace that left the region, signed anew.")
    async def moved(self, after: ID | None = None, limit: int = 500) -> list[Moved]:
        raise NotImplementedError

    @strawberry.field(description="How far the caller's own deletions are applied here.")
    async def deletions_cursor(self) -> Counter:
        raise NotImplementedError


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Mails a code of six digits. `address` is the client's, for the limits.")
    async def request_sign_in_code(self, email: str, address: str) -> CodeSentResult:
        raise NotImplementedError

    @strawberry.mutation(description="The first sign-in makes the account, and pins it to the caller's region.")
    async def sign_in(self, challenge_id: ID, email: str, code: str, address: str) -> SignInResult:
        raise NotImplementedError

    @strawberry.mutation(description="Mails a code to the new address, which `changeEmail` then takes.")
    async def request_email_code(self, account_id: ID, email: str, address: str) -> CodeSentResult:
        raise NotImplementedError

    @strawberry.mutation
    async def change_email(
        self, account_id: ID, challenge_id: ID, email: str, code: str, address: str
    ) -> ChangeEmailResult:
        raise NotImplementedError

    @strawberry.mutation(description="Ends the session whose SHA-256 (hexadecimal) this is.")
    async def sign_out(self, credential_hash: str) -> Revoked:
        raise NotImplementedError

    @strawberry.mutation
    async def revoke_credential(self, account_id: ID, credential_id: ID) -> Revoked:
        raise NotImplementedError

    @strawberry.mutation(
        description="A personal token (BEARER; `workspaceId` narrows it to one workspace) or an API key of a workspace."
    )
    async def create_token(
        self,
        *,
        account_id: ID,
        kind: CredentialKind,
        name: str,
        scopes: list[Scope],
        workspace_id: ID | None = None,
        expires_in_days: int | None = None,
    ) -> CreateTokenResult:
        raise NotImplementedError

    @strawberry.mutation(
        description="Claims the URL key for five minutes. An operation id of an account has one answer for ever."
    )
    async def create_workspace(
        self, operation_id: ID, account_id: ID, name: str, url_key: str
    ) -> CreateWorkspaceResult:
        raise NotImplementedError

    @strawberry.mutation(description="Once the region's rows are written. Also late, if nobody took the claim over.")
    async def confirm_workspace(self, workspace_id: ID) -> ConfirmWorkspaceResult:
        raise NotImplementedError

    @strawberry.mutation(description="Another URL key for a workspace: claim it, write it, and send the update.")
    async def claim_url_key(
        self, operation_id: ID, account_id: ID, workspace_id: ID, url_key: str
    ) -> ClaimUrlKeyResult:
        raise NotImplementedError

    @strawberry.mutation(description="Adds whoever has this address, and mails them so. `accountId` is who invites.")
    async def add_member(
        self, *, operation_id: ID, account_id: ID, workspace_id: ID, email: str, name: str, role: Role
    ) -> AddMemberResult:
        raise NotImplementedError

    @strawberry.mutation
    async def remove_member(self, workspace_id: ID, membership_id: ID) -> DeleteResult:
        raise NotImplementedError

    @strawberry.mutation(description="For ever: its id is never used again, its URL key may be.")
    async def delete_workspace(self, workspace_id: ID) -> DeleteResult:
        raise NotImplementedError

    @strawberry.mutation(
        description="At most 500. An item is applied if (place version, row version) is higher than what auth has."
    )
    async def apply_updates(self, batch: list[UpdateInput]) -> ApplyUpdatesResult:
        raise NotImplementedError

    @strawberry.mutation(
        description="The region's audit behind `after` up to `cursor`, at most 500; only where auth is at `after`."
    )
    async def apply_deletions(
        self, after: Counter, cursor: Counter, batch: list[DeletionInput]
    ) -> ApplyDeletionsResult:
        raise NotImplementedError

    @strawberry.mutation(
        description="A third party's id that leads to this workspace, by SHA-256 of kind, line feed, key."
    )
    async def claim_key(self, operation_id: ID, workspace_id: ID, kind: str, key_hash: str) -> ClaimKeyResult:
        raise NotImplementedError

    @strawberry.mutation
    async def release_key(self, operation_id: ID, workspace_id: ID, kind: str, key_hash: str) -> ReleaseKeyResult:
        raise NotImplementedError


def _counter(value: object) -> Counter:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError("a Counter is a whole number from 0 to 2^63 - 1")
    return Counter(value)


_SCALARS: dict[object, ScalarDefinition] = {
    Counter: strawberry.scalar(
        name="Counter",
        description="A whole number from 0 to 2^63 - 1, as a JSON number.",
        serialize=int,
        parse_value=_counter,
    )
}


def make_schema() -> strawberry.Schema:
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        config=StrawberryConfig(disable_field_suggestions=True, scalar_map=_SCALARS),
    )
