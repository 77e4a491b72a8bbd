from enum import Enum


class CredentialKind(str, Enum):
    COOKIE = "COOKIE"
    BEARER = "BEARER"
    API_KEY = "API_KEY"


class Entity(str, Enum):
    WORKSPACE = "WORKSPACE"
    MEMBERSHIP = "MEMBERSHIP"
    CREDENTIAL = "CREDENTIAL"
    MOVED = "MOVED"


class ResyncReason(str, Enum):
    MALFORMED = "MALFORMED"
    OTHER_EPOCH = "OTHER_EPOCH"
    BEYOND_HEAD = "BEYOND_HEAD"
    COMPACTED = "COMPACTED"


class Role(str, Enum):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    GUEST = "GUEST"


class Scope(str, Enum):
    READ = "READ"
    WRITE = "WRITE"
    ADMIN = "ADMIN"


class UpdateOutcome(str, Enum):
    APPLIED = "APPLIED"
    STALE = "STALE"
    GONE = "GONE"
    NOT_YOURS = "NOT_YOURS"
    CLAIM_LOST = "CLAIM_LOST"
    INVALID = "INVALID"


class WorkspaceState(str, Enum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
