"""The schema that regions ask. Each resolver names the caller's region and hands over to the concept's own module."""

from __future__ import annotations

from collections.abc import Callable

import strawberry
from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
)
from strawberry import ID, Info
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.scalar import ScalarDefinition

from auth.credentials import NewToken
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
    MembershipPlace,
    Moved,
    ReleaseKeyResult,
    Revoked,
    Role,
    Scope,
    SignInResult,
    SnapshotPage,
    UpdateInput,
)
from auth.keys import KeyClaim
from auth.parts import Caller
from auth.sign_in import Guess
from auth.workspaces import NewMember

Asked = Info[Caller, None]


@strawberry.type
class Query:
    @strawberry.field(description="The feed of the caller's region behind a cursor. At most 1,000 entries.")
    async def changes_since(self, info: Asked, cursor: str, limit: int = 500) -> ChangesResult:
        return await info.context.parts.feed.changes_since(info.context.region, cursor, limit)

    @strawberry.field(description="All records of the caller's region, a page at a time, to start anew.")
    async def snapshot(self, info: Asked, after: str | None = None, limit: int = 500) -> SnapshotPage:
        return await info.context.parts.feed.snapshot(info.context.region, after, limit)

    @strawberry.field(description="Null where the caller's region has nothing to do with the account.")
    async def account(self, info: Asked, account_id: ID) -> Account | None:
        return await info.context.parts.sign_in.account(info.context.region, account_id)

    @strawberry.field(description="In confirmed workspaces of all regions; none for an account of other regions.")
    async def memberships(self, info: Asked, account_id: ID) -> list[MembershipPlace]:
        return await info.context.parts.workspaces.memberships(info.context.region, account_id)

    @strawberry.field(description="Those that are good now, of an account, or of a workspace (its API keys).")
    async def credentials(
        self, info: Asked, account_id: ID | None = None, workspace_id: ID | None = None
    ) -> list[Credential]:
        return await info.context.parts.credentials.good_ones(info.context.region, account_id, workspace_id)

    @strawberry.field(description="The statement for each workspace that left the region, signed anew.")
    async def moved(self, info: Asked, after: ID | None = None, limit: int = 500) -> list[Moved]:
        return await info.context.parts.feed.moved(info.context.region, after, limit)

    @strawberry.field(description="How far the caller's own deletions are applied here.")
    async def deletions_cursor(self, info: Asked) -> Counter:
        return await info.context.parts.updates.deletions_cursor(info.context.region)


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Mails a code of six digits. `address` is the client's, for the limits.")
    async def request_sign_in_code(self, info: Asked, email: str, address: str) -> CodeSentResult:
        return await info.context.parts.sign_in.request_code(email, address)

    @strawberry.mutation(
        description="The first sign-in makes the account, pinned to the caller's region, unless `takesNew` is false."
    )
    async def sign_in(
        self, info: Asked, *, challenge_id: ID, email: str, code: str, address: str, takes_new: bool = True
    ) -> SignInResult:
        guess = Guess.of(challenge_id, email, code)
        return await info.context.parts.sign_in.sign_in(info.context.region, guess, address, takes_new=takes_new)

    @strawberry.mutation(description="Mails a code to the new address, which `changeEmail` then takes.")
    async def request_email_code(self, info: Asked, account_id: ID, email: str, address: str) -> CodeSentResult:
        return await info.context.parts.sign_in.request_email_code(info.context.region, account_id, email, address)

    @strawberry.mutation
    async def change_email(
        self, info: Asked, *, account_id: ID, challenge_id: ID, email: str, code: str, address: str
    ) -> ChangeEmailResult:
        guess = Guess.of(challenge_id, email, code)
        return await info.context.parts.sign_in.change_email(info.context.region, account_id, guess, address)

    @strawberry.mutation(description="Ends the session whose SHA-256 (hexadecimal) this is.")
    async def sign_out(self, info: Asked, credential_hash: str) -> Revoked:
        return await info.context.parts.credentials.sign_out(info.context.region, credential_hash)

    @strawberry.mutation
    async def revoke_credential(self, info: Asked, account_id: ID, credential_id: ID) -> Revoked:
        return await info.context.parts.credentials.revoke(info.context.region, account_id, credential_id)

    @strawberry.mutation(
        description="A personal token (BEARER; `workspaceId` narrows it to one workspace) or an API key of a workspace."
    )
    async def create_token(
        self,
        info: Asked,
        *,
        account_id: ID,
        kind: CredentialKind,
        name: str,
        scopes: list[Scope],
        workspace_id: ID | None = None,
        expires_in_days: int | None = None,
    ) -> CreateTokenResult:
        new = NewToken(
            account_id=account_id,
            kind=kind,
            name=name,
            scopes=scopes,
            workspace_id=workspace_id,
            expires_in_days=expires_in_days,
        )
        return await info.context.parts.credentials.create_token(info.context.region, new)

    @strawberry.mutation(
        description="Claims the URL key for five minutes. An operation id of an account has one answer for ever."
    )
    async def create_workspace(
        self, info: Asked, operation_id: ID, account_id: ID, name: str, url_key: str
    ) -> CreateWorkspaceResult:
        return await info.context.parts.workspaces.create(info.context.region, operation_id, account_id, name, url_key)

    @strawberry.mutation(description="Once the region's rows are written. Also late, if nobody took the claim over.")
    async def confirm_workspace(self, info: Asked, workspace_id: ID) -> ConfirmWorkspaceResult:
        return await info.context.parts.workspaces.confirm(info.context.region, workspace_id)

    @strawberry.mutation(description="Another URL key for a workspace: claim it, write it, and send the update.")
    async def claim_url_key(
        self, info: Asked, operation_id: ID, account_id: ID, workspace_id: ID, url_key: str
    ) -> ClaimUrlKeyResult:
        return await info.context.parts.workspaces.claim_url_key(
            info.context.region, operation_id, account_id, workspace_id, url_key
        )

    @strawberry.mutation(description="Adds whoever has this address, and mails them so. `accountId` is who invites.")
    async def add_member(
        self, info: Asked, *, operation_id: ID, account_id: ID, workspace_id: ID, email: str, name: str, role: Role
    ) -> AddMemberResult:
        new = NewMember(workspace_id, email, name, role)
        return await info.context.parts.workspaces.add_member(info.context.region, operation_id, account_id, new)

    @strawberry.mutation
    async def remove_member(self, info: Asked, workspace_id: ID, membership_id: ID) -> DeleteResult:
        return await info.context.parts.workspaces.remove_member(info.context.region, workspace_id, membership_id)

    @strawberry.mutation(description="For ever: its id is never used again, its URL key may be.")
    async def delete_workspace(self, info: Asked, workspace_id: ID) -> DeleteResult:
        return await info.context.parts.workspaces.delete(info.context.region, workspace_id)

    @strawberry.mutation(
        description="At most 500. An item is applied if (place version, row version) is higher than what auth has."
    )
    async def apply_updates(self, info: Asked, batch: list[UpdateInput]) -> ApplyUpdatesResult:
        return await info.context.parts.updates.apply(info.context.region, batch)

    @strawberry.mutation(
        description="The region's audit behind `after` up to `cursor`, at most 500; only where auth is at `after`."
    )
    async def apply_deletions(
        self, info: Asked, after: Counter, cursor: Counter, batch: list[DeletionInput]
    ) -> ApplyDeletionsResult:
        return await info.context.parts.updates.apply_deletions(info.context.region, after, cursor, batch)

    @strawberry.mutation(
        description="A third party's id that leads to this workspace, by SHA-256 of kind, line feed, key."
    )
    async def claim_key(
        self, info: Asked, operation_id: ID, workspace_id: ID, kind: str, key_hash: str
    ) -> ClaimKeyResult:
        asked = KeyClaim(operation_id, workspace_id, kind, key_hash)
        return await info.context.parts.keys.claim(info.context.region, asked)

    @strawberry.mutation
    async def release_key(
        self, info: Asked, operation_id: ID, workspace_id: ID, kind: str, key_hash: str
    ) -> ReleaseKeyResult:
        asked = KeyClaim(operation_id, workspace_id, kind, key_hash)
        return await info.context.parts.keys.release(info.context.region, asked)


def _counter(value: object) -> Counter:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise GraphQLError("a Counter is a whole number from 0 to 2^63 - 1")
    return Counter(value)


_SCALARS: dict[object, ScalarDefinition] = {
    Counter: strawberry.scalar(
        name="Counter",
        description="A whole number from 0 to 2^63 - 1, as a JSON number.",
        serialize=int,
        parse_value=_counter,
    )
}


class _OneQuestion(ASTValidationRule):
    """A document asks one thing, by one field: a hundred aliases of one mutation would be a hundred transactions.

    There is no limit of depth: no type leads back to itself, so that the schema is its own (tests/auth/test_schema.py).
    """

    def enter_document(self, node: DocumentNode, *_: object) -> None:
        if sum(isinstance(definition, OperationDefinitionNode) for definition in node.definitions) > 1:
            self.report_error(GraphQLError("a document has one question", node))

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        selections = node.selection_set.selections
        if len(selections) != 1 or not isinstance(selections[0], FieldNode):
            self.report_error(GraphQLError("a question has one field", node))


# The questions of a region are a few, known ones: those in services/product/auth_queries are a third of each of these.
_EXTENSIONS: list[Callable[[], SchemaExtension]] = [
    lambda: MaxTokensLimiter(max_token_count=1500),
    lambda: AddValidationRules([NoSchemaIntrospectionCustomRule, _OneQuestion]),
    lambda: ParserCache(maxsize=128),
    lambda: ValidationCache(maxsize=128),
]


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Strawberry would log each with the question's text, which may hold an address. auth/app.py logs."""


def make_schema() -> strawberry.Schema:
    return _Schema(
        query=Query,
        mutation=Mutation,
        config=StrawberryConfig(disable_field_suggestions=True, scalar_map=_SCALARS),
        extensions=_EXTENSIONS,
    )
