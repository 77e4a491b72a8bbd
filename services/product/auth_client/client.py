from typing import Any, Optional, Union

from .add_member import (
    AddMember,
    AddMemberAddMemberAlreadyMember,
    AddMemberAddMemberInvalid,
    AddMemberAddMemberMemberAdded,
    AddMemberAddMemberNotYours,
    AddMemberAddMemberOperationConflict,
)
from .apply_deletions import (
    ApplyDeletions,
    ApplyDeletionsApplyDeletionsCursorMismatch,
    ApplyDeletionsApplyDeletionsDeletionsApplied,
    ApplyDeletionsApplyDeletionsInvalid,
)
from .apply_updates import (
    ApplyUpdates,
    ApplyUpdatesApplyUpdatesInvalid,
    ApplyUpdatesApplyUpdatesUpdatesApplied,
)
from .auth_transport import AuthTransport
from .base_model import UNSET, UnsetType
from .changes_since import (
    ChangesSince,
    ChangesSinceChangesSinceChanges,
    ChangesSinceChangesSinceResync,
)
from .claim_url_key import (
    ClaimUrlKey,
    ClaimUrlKeyClaimUrlKeyInvalid,
    ClaimUrlKeyClaimUrlKeyNotYours,
    ClaimUrlKeyClaimUrlKeyOperationConflict,
    ClaimUrlKeyClaimUrlKeyUrlKeyClaimed,
    ClaimUrlKeyClaimUrlKeyUrlKeyTaken,
)
from .confirm_workspace import (
    ConfirmWorkspace,
    ConfirmWorkspaceConfirmWorkspaceClaimLost,
    ConfirmWorkspaceConfirmWorkspaceConfirmed,
    ConfirmWorkspaceConfirmWorkspaceNotYours,
)
from .create_token import (
    CreateToken,
    CreateTokenCreateTokenInvalid,
    CreateTokenCreateTokenNotYours,
    CreateTokenCreateTokenTokenCreated,
)
from .create_workspace import (
    CreateWorkspace,
    CreateWorkspaceCreateWorkspaceInvalid,
    CreateWorkspaceCreateWorkspaceOperationConflict,
    CreateWorkspaceCreateWorkspacePlacedElsewhere,
    CreateWorkspaceCreateWorkspaceUrlKeyTaken,
    CreateWorkspaceCreateWorkspaceWorkspaceClaimed,
)
from .credentials import Credentials, CredentialsCredentials
from .delete_workspace import (
    DeleteWorkspace,
    DeleteWorkspaceDeleteWorkspaceDeleted,
    DeleteWorkspaceDeleteWorkspaceNotYours,
)
from .deletions_cursor import DeletionsCursor
from .enums import CredentialKind, Role, Scope
from .input_types import DeletionInput, UpdateInput
from .memberships import Memberships, MembershipsMemberships
from .moved_workspaces import MovedWorkspaces, MovedWorkspacesMoved
from .remove_member import (
    RemoveMember,
    RemoveMemberRemoveMemberDeleted,
    RemoveMemberRemoveMemberNotYours,
)
from .request_sign_in_code import (
    RequestSignInCode,
    RequestSignInCodeRequestSignInCodeCodeSent,
    RequestSignInCodeRequestSignInCodeInvalid,
    RequestSignInCodeRequestSignInCodeRateLimited,
)
from .revoke_credential import RevokeCredential, RevokeCredentialRevokeCredential
from .sign_in import (
    SignIn,
    SignInSignInCodeRefused,
    SignInSignInNobodyNew,
    SignInSignInPlacedElsewhere,
    SignInSignInRateLimited,
    SignInSignInSignedIn,
)
from .sign_out import SignOut, SignOutSignOut
from .snapshot import Snapshot, SnapshotSnapshot


def gql(q: str) -> str:
    return q


class Client(AuthTransport):
    async def request_sign_in_code(
        self, email: str, address: str, **kwargs: Any
    ) -> Union[
        RequestSignInCodeRequestSignInCodeCodeSent,
        RequestSignInCodeRequestSignInCodeRateLimited,
        RequestSignInCodeRequestSignInCodeInvalid,
    ]:
        query = gql("""
            mutation RequestSignInCode($email: String!, $address: String!) {
              requestSignInCode(email: $email, address: $address) {
                __typename
                ... on CodeSent {
                  challengeId
                  expiresInS
                }
                ... on RateLimited {
                  retryAfterS
                }
                ... on Invalid {
                  field
                  reason
                }
              }
            }
            """)
        variables: dict[str, object] = {"email": email, "address": address}
        response = await self.execute(
            query=query,
            operation_name="RequestSignInCode",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return RequestSignInCode.model_validate(data).request_sign_in_code

    async def sign_in(
        self,
        challenge_id: str,
        email: str,
        code: str,
        address: str,
        takes_new: bool,
        **kwargs: Any,
    ) -> Union[
        SignInSignInSignedIn,
        SignInSignInCodeRefused,
        SignInSignInRateLimited,
        SignInSignInPlacedElsewhere,
        SignInSignInNobodyNew,
    ]:
        query = gql("""
            mutation SignIn($challengeId: ID!, $email: String!, $code: String!, $address: String!, $takesNew: Boolean!) {
              signIn(
                challengeId: $challengeId
                email: $email
                code: $code
                address: $address
                takesNew: $takesNew
              ) {
                __typename
                ... on SignedIn {
                  account {
                    id
                    email
                  }
                  credential {
                    ...CredentialFields
                  }
                  token
                  created
                }
                ... on CodeRefused {
                  attemptsLeft
                }
                ... on RateLimited {
                  retryAfterS
                }
                ... on PlacedElsewhere {
                  region
                }
                ... on NobodyNew {
                  region
                }
              }
            }

            fragment CredentialFields on Credential {
              id
              kind
              hash
              accountId
              boundTo: workspaceId
              scopes
              name
              createdAt
              expiresAt
              revokedAt
            }
            """)
        variables: dict[str, object] = {
            "challengeId": challenge_id,
            "email": email,
            "code": code,
            "address": address,
            "takesNew": takes_new,
        }
        response = await self.execute(
            query=query, operation_name="SignIn", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return SignIn.model_validate(data).sign_in

    async def sign_out(self, credential_hash: str, **kwargs: Any) -> SignOutSignOut:
        query = gql("""
            mutation SignOut($credentialHash: String!) {
              signOut(credentialHash: $credentialHash) {
                done
              }
            }
            """)
        variables: dict[str, object] = {"credentialHash": credential_hash}
        response = await self.execute(
            query=query, operation_name="SignOut", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return SignOut.model_validate(data).sign_out

    async def revoke_credential(
        self, account_id: str, credential_id: str, **kwargs: Any
    ) -> RevokeCredentialRevokeCredential:
        query = gql("""
            mutation RevokeCredential($accountId: ID!, $credentialId: ID!) {
              revokeCredential(accountId: $accountId, credentialId: $credentialId) {
                done
              }
            }
            """)
        variables: dict[str, object] = {
            "accountId": account_id,
            "credentialId": credential_id,
        }
        response = await self.execute(
            query=query,
            operation_name="RevokeCredential",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return RevokeCredential.model_validate(data).revoke_credential

    async def create_token(
        self,
        account_id: str,
        kind: CredentialKind,
        name: str,
        scopes: list[Scope],
        workspace_id: Union[Optional[str], UnsetType] = UNSET,
        expires_in_days: Union[Optional[int], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> Union[
        CreateTokenCreateTokenTokenCreated,
        CreateTokenCreateTokenNotYours,
        CreateTokenCreateTokenInvalid,
    ]:
        query = gql("""
            mutation CreateToken($accountId: ID!, $kind: CredentialKind!, $name: String!, $scopes: [Scope!]!, $workspaceId: ID, $expiresInDays: Int) {
              createToken(
                accountId: $accountId
                kind: $kind
                name: $name
                scopes: $scopes
                workspaceId: $workspaceId
                expiresInDays: $expiresInDays
              ) {
                __typename
                ... on TokenCreated {
                  credential {
                    ...CredentialFields
                  }
                  token
                }
                ... on NotYours {
                  id
                }
                ... on Invalid {
                  field
                  reason
                }
              }
            }

            fragment CredentialFields on Credential {
              id
              kind
              hash
              accountId
              boundTo: workspaceId
              scopes
              name
              createdAt
              expiresAt
              revokedAt
            }
            """)
        variables: dict[str, object] = {
            "accountId": account_id,
            "kind": kind,
            "name": name,
            "scopes": scopes,
            "workspaceId": workspace_id,
            "expiresInDays": expires_in_days,
        }
        response = await self.execute(
            query=query, operation_name="CreateToken", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CreateToken.model_validate(data).create_token

    async def credentials(
        self,
        account_id: Union[Optional[str], UnsetType] = UNSET,
        workspace_id: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> list[CredentialsCredentials]:
        query = gql("""
            query Credentials($accountId: ID, $workspaceId: ID) {
              credentials(accountId: $accountId, workspaceId: $workspaceId) {
                ...CredentialFields
              }
            }

            fragment CredentialFields on Credential {
              id
              kind
              hash
              accountId
              boundTo: workspaceId
              scopes
              name
              createdAt
              expiresAt
              revokedAt
            }
            """)
        variables: dict[str, object] = {
            "accountId": account_id,
            "workspaceId": workspace_id,
        }
        response = await self.execute(
            query=query, operation_name="Credentials", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Credentials.model_validate(data).credentials

    async def memberships(
        self, account_id: str, **kwargs: Any
    ) -> list[MembershipsMemberships]:
        query = gql("""
            query Memberships($accountId: ID!) {
              memberships(accountId: $accountId) {
                membership {
                  id
                  role
                }
                workspace {
                  ...WorkspaceFields
                }
              }
            }

            fragment WorkspaceFields on Workspace {
              id
              name
              urlKey
              region
              placeVersion
              rowVersion
              state
            }
            """)
        variables: dict[str, object] = {"accountId": account_id}
        response = await self.execute(
            query=query, operation_name="Memberships", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Memberships.model_validate(data).memberships

    async def changes_since(
        self, cursor: str, limit: int, **kwargs: Any
    ) -> Union[ChangesSinceChangesSinceChanges, ChangesSinceChangesSinceResync]:
        query = gql("""
            query ChangesSince($cursor: String!, $limit: Int!) {
              changesSince(cursor: $cursor, limit: $limit) {
                __typename
                ... on Changes {
                  changes {
                    n
                    entity
                    id
                    record {
                      __typename
                      ...WorkspaceFields
                      ...MembershipFields
                      ...CredentialFields
                      ...MovedFields
                      ...GoneFields
                    }
                  }
                  cursor
                  more
                }
                ... on Resync {
                  reason
                }
              }
            }

            fragment CredentialFields on Credential {
              id
              kind
              hash
              accountId
              boundTo: workspaceId
              scopes
              name
              createdAt
              expiresAt
              revokedAt
            }

            fragment GoneFields on Gone {
              entity
              id
              ofWorkspace: workspaceId
            }

            fragment MembershipFields on Membership {
              id
              workspaceId
              accountId
              role
              name
              email
              placeVersion
              rowVersion
            }

            fragment MovedFields on Moved {
              workspaceId
              placeVersion
              statement
            }

            fragment WorkspaceFields on Workspace {
              id
              name
              urlKey
              region
              placeVersion
              rowVersion
              state
            }
            """)
        variables: dict[str, object] = {"cursor": cursor, "limit": limit}
        response = await self.execute(
            query=query, operation_name="ChangesSince", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ChangesSince.model_validate(data).changes_since

    async def snapshot(
        self, limit: int, after: Union[Optional[str], UnsetType] = UNSET, **kwargs: Any
    ) -> SnapshotSnapshot:
        query = gql("""
            query Snapshot($after: String, $limit: Int!) {
              snapshot(after: $after, limit: $limit) {
                records {
                  __typename
                  ...WorkspaceFields
                  ...MembershipFields
                  ...CredentialFields
                  ...MovedFields
                  ...GoneFields
                }
                after
                cursor
              }
            }

            fragment CredentialFields on Credential {
              id
              kind
              hash
              accountId
              boundTo: workspaceId
              scopes
              name
              createdAt
              expiresAt
              revokedAt
            }

            fragment GoneFields on Gone {
              entity
              id
              ofWorkspace: workspaceId
            }

            fragment MembershipFields on Membership {
              id
              workspaceId
              accountId
              role
              name
              email
              placeVersion
              rowVersion
            }

            fragment MovedFields on Moved {
              workspaceId
              placeVersion
              statement
            }

            fragment WorkspaceFields on Workspace {
              id
              name
              urlKey
              region
              placeVersion
              rowVersion
              state
            }
            """)
        variables: dict[str, object] = {"after": after, "limit": limit}
        response = await self.execute(
            query=query, operation_name="Snapshot", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Snapshot.model_validate(data).snapshot

    async def apply_updates(
        self, batch: list[UpdateInput], **kwargs: Any
    ) -> Union[ApplyUpdatesApplyUpdatesUpdatesApplied, ApplyUpdatesApplyUpdatesInvalid]:
        query = gql("""
            mutation ApplyUpdates($batch: [UpdateInput!]!) {
              applyUpdates(batch: $batch) {
                __typename
                ... on UpdatesApplied {
                  outcomes {
                    workspaceId
                    id
                    outcome
                  }
                }
                ... on Invalid {
                  field
                  reason
                }
              }
            }
            """)
        variables: dict[str, object] = {"batch": batch}
        response = await self.execute(
            query=query, operation_name="ApplyUpdates", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ApplyUpdates.model_validate(data).apply_updates

    async def apply_deletions(
        self, after: int, cursor: int, batch: list[DeletionInput], **kwargs: Any
    ) -> Union[
        ApplyDeletionsApplyDeletionsDeletionsApplied,
        ApplyDeletionsApplyDeletionsCursorMismatch,
        ApplyDeletionsApplyDeletionsInvalid,
    ]:
        query = gql("""
            mutation ApplyDeletions($after: Counter!, $cursor: Counter!, $batch: [DeletionInput!]!) {
              applyDeletions(after: $after, cursor: $cursor, batch: $batch) {
                __typename
                ... on DeletionsApplied {
                  cursor
                }
                ... on CursorMismatch {
                  cursor
                }
                ... on Invalid {
                  field
                  reason
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "after": after,
            "cursor": cursor,
            "batch": batch,
        }
        response = await self.execute(
            query=query, operation_name="ApplyDeletions", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ApplyDeletions.model_validate(data).apply_deletions

    async def deletions_cursor(self, **kwargs: Any) -> int:
        query = gql("""
            query DeletionsCursor {
              deletionsCursor
            }
            """)
        variables: dict[str, object] = {}
        response = await self.execute(
            query=query, operation_name="DeletionsCursor", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return DeletionsCursor.model_validate(data).deletions_cursor

    async def moved_workspaces(
        self, limit: int, after: Union[Optional[str], UnsetType] = UNSET, **kwargs: Any
    ) -> list[MovedWorkspacesMoved]:
        query = gql("""
            query MovedWorkspaces($after: ID, $limit: Int!) {
              moved(after: $after, limit: $limit) {
                ...MovedFields
              }
            }

            fragment MovedFields on Moved {
              workspaceId
              placeVersion
              statement
            }
            """)
        variables: dict[str, object] = {"after": after, "limit": limit}
        response = await self.execute(
            query=query, operation_name="MovedWorkspaces", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return MovedWorkspaces.model_validate(data).moved

    async def create_workspace(
        self, operation_id: str, account_id: str, name: str, url_key: str, **kwargs: Any
    ) -> Union[
        CreateWorkspaceCreateWorkspaceWorkspaceClaimed,
        CreateWorkspaceCreateWorkspaceUrlKeyTaken,
        CreateWorkspaceCreateWorkspaceOperationConflict,
        CreateWorkspaceCreateWorkspacePlacedElsewhere,
        CreateWorkspaceCreateWorkspaceInvalid,
    ]:
        query = gql("""
            mutation CreateWorkspace($operationId: ID!, $accountId: ID!, $name: String!, $urlKey: String!) {
              createWorkspace(
                operationId: $operationId
                accountId: $accountId
                name: $name
                urlKey: $urlKey
              ) {
                __typename
                ... on WorkspaceClaimed {
                  workspace {
                    ...WorkspaceFields
                  }
                  owner {
                    ...MembershipFields
                  }
                }
                ... on UrlKeyTaken {
                  urlKey
                }
                ... on OperationConflict {
                  operationId
                }
                ... on PlacedElsewhere {
                  region
                }
                ... on Invalid {
                  field
                  reason
                }
              }
            }

            fragment MembershipFields on Membership {
              id
              workspaceId
              accountId
              role
              name
              email
              placeVersion
              rowVersion
            }

            fragment WorkspaceFields on Workspace {
              id
              name
              urlKey
              region
              placeVersion
              rowVersion
              state
            }
            """)
        variables: dict[str, object] = {
            "operationId": operation_id,
            "accountId": account_id,
            "name": name,
            "urlKey": url_key,
        }
        response = await self.execute(
            query=query, operation_name="CreateWorkspace", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CreateWorkspace.model_validate(data).create_workspace

    async def confirm_workspace(
        self, workspace_id: str, **kwargs: Any
    ) -> Union[
        ConfirmWorkspaceConfirmWorkspaceConfirmed,
        ConfirmWorkspaceConfirmWorkspaceClaimLost,
        ConfirmWorkspaceConfirmWorkspaceNotYours,
    ]:
        query = gql("""
            mutation ConfirmWorkspace($workspaceId: ID!) {
              confirmWorkspace(workspaceId: $workspaceId) {
                __typename
                ... on Confirmed {
                  workspace {
                    ...WorkspaceFields
                  }
                }
                ... on ClaimLost {
                  workspaceId
                }
                ... on NotYours {
                  id
                }
              }
            }

            fragment WorkspaceFields on Workspace {
              id
              name
              urlKey
              region
              placeVersion
              rowVersion
              state
            }
            """)
        variables: dict[str, object] = {"workspaceId": workspace_id}
        response = await self.execute(
            query=query,
            operation_name="ConfirmWorkspace",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return ConfirmWorkspace.model_validate(data).confirm_workspace

    async def claim_url_key(
        self,
        operation_id: str,
        account_id: str,
        workspace_id: str,
        url_key: str,
        **kwargs: Any,
    ) -> Union[
        ClaimUrlKeyClaimUrlKeyUrlKeyClaimed,
        ClaimUrlKeyClaimUrlKeyUrlKeyTaken,
        ClaimUrlKeyClaimUrlKeyOperationConflict,
        ClaimUrlKeyClaimUrlKeyNotYours,
        ClaimUrlKeyClaimUrlKeyInvalid,
    ]:
        query = gql("""
            mutation ClaimUrlKey($operationId: ID!, $accountId: ID!, $workspaceId: ID!, $urlKey: String!) {
              claimUrlKey(
                operationId: $operationId
                accountId: $accountId
                workspaceId: $workspaceId
                urlKey: $urlKey
              ) {
                __typename
                ... on UrlKeyClaimed {
                  urlKey
                }
                ... on UrlKeyTaken {
                  urlKey
                }
                ... on OperationConflict {
                  operationId
                }
                ... on NotYours {
                  id
                }
                ... on Invalid {
                  field
                  reason
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "operationId": operation_id,
            "accountId": account_id,
            "workspaceId": workspace_id,
            "urlKey": url_key,
        }
        response = await self.execute(
            query=query, operation_name="ClaimUrlKey", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ClaimUrlKey.model_validate(data).claim_url_key

    async def add_member(
        self,
        operation_id: str,
        account_id: str,
        workspace_id: str,
        email: str,
        name: str,
        role: Role,
        **kwargs: Any,
    ) -> Union[
        AddMemberAddMemberMemberAdded,
        AddMemberAddMemberAlreadyMember,
        AddMemberAddMemberOperationConflict,
        AddMemberAddMemberNotYours,
        AddMemberAddMemberInvalid,
    ]:
        query = gql("""
            mutation AddMember($operationId: ID!, $accountId: ID!, $workspaceId: ID!, $email: String!, $name: String!, $role: Role!) {
              addMember(
                operationId: $operationId
                accountId: $accountId
                workspaceId: $workspaceId
                email: $email
                name: $name
                role: $role
              ) {
                __typename
                ... on MemberAdded {
                  membership {
                    ...MembershipFields
                  }
                }
                ... on AlreadyMember {
                  membership {
                    ...MembershipFields
                  }
                }
                ... on OperationConflict {
                  operationId
                }
                ... on NotYours {
                  id
                }
                ... on Invalid {
                  field
                  reason
                }
              }
            }

            fragment MembershipFields on Membership {
              id
              workspaceId
              accountId
              role
              name
              email
              placeVersion
              rowVersion
            }
            """)
        variables: dict[str, object] = {
            "operationId": operation_id,
            "accountId": account_id,
            "workspaceId": workspace_id,
            "email": email,
            "name": name,
            "role": role,
        }
        response = await self.execute(
            query=query, operation_name="AddMember", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return AddMember.model_validate(data).add_member

    async def remove_member(
        self, workspace_id: str, membership_id: str, **kwargs: Any
    ) -> Union[RemoveMemberRemoveMemberDeleted, RemoveMemberRemoveMemberNotYours]:
        query = gql("""
            mutation RemoveMember($workspaceId: ID!, $membershipId: ID!) {
              removeMember(workspaceId: $workspaceId, membershipId: $membershipId) {
                __typename
                ... on Deleted {
                  id
                }
                ... on NotYours {
                  id
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "workspaceId": workspace_id,
            "membershipId": membership_id,
        }
        response = await self.execute(
            query=query, operation_name="RemoveMember", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RemoveMember.model_validate(data).remove_member

    async def delete_workspace(
        self, workspace_id: str, **kwargs: Any
    ) -> Union[
        DeleteWorkspaceDeleteWorkspaceDeleted, DeleteWorkspaceDeleteWorkspaceNotYours
    ]:
        query = gql("""
            mutation DeleteWorkspace($workspaceId: ID!) {
              deleteWorkspace(workspaceId: $workspaceId) {
                __typename
                ... on Deleted {
                  id
                }
                ... on NotYours {
                  id
                }
              }
            }
            """)
        variables: dict[str, object] = {"workspaceId": workspace_id}
        response = await self.execute(
            query=query, operation_name="DeleteWorkspace", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return DeleteWorkspace.model_validate(data).delete_workspace
