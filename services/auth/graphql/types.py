"""The records of the directory as a region sees them, and the answers that a question may have.

Whatever can go wrong in the normal course is a member of a union here, never an error of GraphQL: an error means that
the question itself was malformed, too large, or that the caller may not ask at all.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, NewType

import strawberry
from strawberry import ID

# ---------------------------------------------------------------------------------------------------------- vocabulary

# GraphQL's Int has 32 bits (https://spec.graphql.org/October2021/#sec-Int), which a feed uses up within a year.
Counter = NewType("Counter", int)


@strawberry.enum(description="How a credential is shown. A credential is good for its own kind alone.")
class CredentialKind(Enum):
    COOKIE = "cookie"
    BEARER = "bearer"
    API_KEY = "api-key"


@strawberry.enum
class Role(Enum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"


@strawberry.enum(description="What a credential that is no session may do. A session may do whatever its account may.")
class Scope(Enum):
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


@strawberry.enum(description="PENDING until the region has confirmed; CONFIRMED workspaces alone are served.")
class WorkspaceState(Enum):
    PENDING = "pending"
    CONFIRMED = "confirmed"


@strawberry.enum
class Entity(Enum):
    WORKSPACE = "workspace"
    MEMBERSHIP = "membership"
    CREDENTIAL = "credential"
    MOVED = "moved"


@strawberry.enum
class ResyncReason(Enum):
    MALFORMED = "malformed"
    OTHER_EPOCH = "other-epoch"
    BEYOND_HEAD = "beyond-head"
    COMPACTED = "compacted"


@strawberry.enum
class UpdateOutcome(Enum):
    APPLIED = strawberry.enum_value("applied", description="Auth has it now.")
    STALE = strawberry.enum_value("stale", description="Auth has a version at least as high: drop it.")
    GONE = strawberry.enum_value("gone", description="Deleted in auth: a tombstone beats every update.")
    NOT_YOURS = strawberry.enum_value("not-yours", description="The workspace is not placed in the caller's region.")
    CLAIM_LOST = strawberry.enum_value("claim-lost", description="The URL key is not claimed, or was taken over.")
    INVALID = strawberry.enum_value("invalid", description="A value that auth takes from nobody; drop it and look why.")


# ------------------------------------------------------------------------------------------------------------- records


@strawberry.type(description="An account with what the caller's region may know of it.")
class Account:
    id: ID
    email: str
    region: str | None = strawberry.field(description="Pinned when it first signed in: it creates workspaces there.")


@strawberry.type
class Workspace:
    id: ID
    name: str
    url_key: str
    region: str
    place_version: Counter = strawberry.field(description="Rises with each move, and when a region was restored.")
    row_version: Counter = strawberry.field(description="Of the facts (name, URL key) that the region owns.")
    state: WorkspaceState
    created_by: ID | None


@strawberry.type
class Membership:
    id: ID
    workspace_id: ID
    account_id: ID
    role: Role
    name: str
    email: str
    place_version: Counter
    row_version: Counter


@strawberry.type(description="A membership with where its workspace is: also those of other regions.")
class MembershipPlace:
    membership: Membership
    workspace: Workspace


@strawberry.type(description="A credential's hash, for the region's own replica.")
class Credential:
    id: ID
    kind: CredentialKind
    hash: str = strawberry.field(description="SHA-256 of the credential's characters, hexadecimal.")
    account_id: ID
    workspace_id: ID | None = strawberry.field(description="The only workspace that it is good for; null: any.")
    scopes: list[Scope] = strawberry.field(description="Empty for a session.")
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@strawberry.type(description="The workspace left the caller's region. Keep the newest statement: it answers a 421.")
class Moved:
    workspace_id: ID
    to: str
    place_version: Counter
    statement: str = strawberry.field(description="The value of X-Edge-Moved, signed when it was read.")


@strawberry.type(description="Deleted, or not of the caller's region any more.")
class Gone:
    entity: Entity
    id: ID
    workspace_id: ID | None


Record = Annotated[Workspace | Membership | Credential | Moved | Gone, strawberry.union("Record")]


@strawberry.type(description="One entry of the feed, with the record as it is now, not as it was at `n`.")
class Change:
    n: Counter
    entity: Entity
    id: ID
    record: Record


@strawberry.type
class Changes:
    changes: list[Change]
    cursor: str = strawberry.field(description="Ask with it the next time.")
    more: bool = strawberry.field(description="There is more already: ask again at once.")


@strawberry.type(description="The cursor leads nowhere: take a whole snapshot, and drop what is not in it.")
class Resync:
    reason: ResyncReason


ChangesResult = Annotated[Changes | Resync, strawberry.union("ChangesResult")]


@strawberry.type
class SnapshotPage:
    records: list[Record]
    after: str | None = strawberry.field(description="Of the next page; null on the last one.")
    cursor: str = strawberry.field(
        description="The feed's head when this page was read. After the last page, go on with the first page's."
    )


# ------------------------------------------------------------------------------------------------------ common answers


@strawberry.type(description="The same operation id was used with another content before.")
class OperationConflict:
    operation_id: ID


@strawberry.type(description="The workspace is not placed in the caller's region, or does not exist.")
class NotYours:
    id: ID


@strawberry.type(description="A value that cannot be taken.")
class Invalid:
    field: str
    reason: str


@strawberry.type
class RateLimited:
    retry_after_s: int


@strawberry.type(description="The account is pinned to another region: send the user there. Nothing was done.")
class PlacedElsewhere:
    region: str


# ------------------------------------------------------------------------------------------------------------- answers


@strawberry.type(description="Said to everybody, whether there is an account or not. `challengeId` goes with the code.")
class CodeSent:
    challenge_id: ID
    expires_in_s: int


CodeSentResult = Annotated[CodeSent | RateLimited | Invalid, strawberry.union("CodeSentResult")]


@strawberry.type
class SignedIn:
    account: Account
    credential: Credential
    token: str = strawberry.field(description="The session cookie's value; auth keeps its hash alone.")
    created: bool = strawberry.field(description="The account is new.")


@strawberry.type(description="Wrong, used, expired or guessed at too often: ask for another one.")
class CodeRefused:
    attempts_left: int


@strawberry.type(description="The account would be new, and none is taken: another place may. Nothing was done.")
class NobodyNew:
    region: str


SignInResult = Annotated[
    SignedIn | CodeRefused | RateLimited | PlacedElsewhere | NobodyNew, strawberry.union("SignInResult")
]


@strawberry.type
class EmailChanged:
    account: Account


@strawberry.type
class EmailTaken:
    email: str


ChangeEmailResult = Annotated[
    EmailChanged | EmailTaken | CodeRefused | RateLimited | NotYours, strawberry.union("ChangeEmailResult")
]


@strawberry.type(description="It is revoked now, or was before; also where there is no such credential.")
class Revoked:
    done: bool


@strawberry.type
class TokenCreated:
    credential: Credential
    token: str = strawberry.field(description="Shown once; auth keeps its hash alone.")


CreateTokenResult = Annotated[TokenCreated | NotYours | Invalid, strawberry.union("CreateTokenResult")]


@strawberry.type(description="Write your rows with these ids, then confirm.")
class WorkspaceClaimed:
    workspace: Workspace
    owner: Membership
    expires_at: datetime = strawberry.field(description="From then on somebody else may take the URL key over.")


@strawberry.type
class UrlKeyTaken:
    url_key: str


CreateWorkspaceResult = Annotated[
    WorkspaceClaimed | UrlKeyTaken | OperationConflict | PlacedElsewhere | Invalid,
    strawberry.union("CreateWorkspaceResult"),
]


@strawberry.type
class Confirmed:
    workspace: Workspace


@strawberry.type(description="Somebody took the URL key over. For ever: remove the rows.")
class ClaimLost:
    workspace_id: ID


ConfirmWorkspaceResult = Annotated[Confirmed | ClaimLost | NotYours, strawberry.union("ConfirmWorkspaceResult")]


@strawberry.type(description="Yours to write: the update that carries it makes it good, and frees the old one.")
class UrlKeyClaimed:
    url_key: str
    expires_at: datetime


ClaimUrlKeyResult = Annotated[
    UrlKeyClaimed | UrlKeyTaken | OperationConflict | NotYours | Invalid, strawberry.union("ClaimUrlKeyResult")
]


@strawberry.type
class MemberAdded:
    membership: Membership


@strawberry.type
class AlreadyMember:
    membership: Membership


AddMemberResult = Annotated[
    MemberAdded | AlreadyMember | OperationConflict | NotYours | Invalid, strawberry.union("AddMemberResult")
]


@strawberry.type(description="Also where it was gone already.")
class Deleted:
    id: ID


DeleteResult = Annotated[Deleted | NotYours, strawberry.union("DeleteResult")]


@strawberry.type
class UpdateApplied:
    workspace_id: ID
    id: ID
    outcome: UpdateOutcome


@strawberry.type(description="One outcome for each item of the batch, in its order.")
class UpdatesApplied:
    outcomes: list[UpdateApplied]


ApplyUpdatesResult = Annotated[UpdatesApplied | Invalid, strawberry.union("ApplyUpdatesResult")]


@strawberry.type(description="Everything to this cursor is applied; go on behind it.")
class DeletionsApplied:
    cursor: Counter
    outcomes: list[UpdateApplied]


@strawberry.type(description="Auth is further, or less far, than the batch: go on behind this cursor.")
class CursorMismatch:
    cursor: Counter


ApplyDeletionsResult = Annotated[DeletionsApplied | CursorMismatch | Invalid, strawberry.union("ApplyDeletionsResult")]


@strawberry.type
class KeyClaimed:
    kind: str
    workspace_id: ID


@strawberry.type(description="Another workspace has it.")
class KeyTaken:
    kind: str


@strawberry.type
class TooManyKeys:
    limit: int


ClaimKeyResult = Annotated[
    KeyClaimed | KeyTaken | TooManyKeys | OperationConflict | NotYours | Invalid, strawberry.union("ClaimKeyResult")
]


@strawberry.type(description="Also where it was not claimed.")
class KeyReleased:
    kind: str


ReleaseKeyResult = Annotated[KeyReleased | OperationConflict | NotYours, strawberry.union("ReleaseKeyResult")]

# -------------------------------------------------------------------------------------------------------------- inputs


@strawberry.input
class WorkspaceFactsInput:
    name: str
    url_key: str


@strawberry.input
class MemberFactsInput:
    name: str
    role: Role


@strawberry.input(description="The latest state of one record of the region. Exactly one of `workspace` and `member`.")
class UpdateInput:
    workspace_id: ID
    id: ID = strawberry.field(description="The workspace's or the membership's.")
    place_version: Counter
    row_version: Counter
    workspace: WorkspaceFactsInput | None = None
    member: MemberFactsInput | None = None


@strawberry.input(description="A row that was deleted in the region, from its audit.")
class DeletionInput:
    workspace_id: ID
    entity: Entity
    id: ID
