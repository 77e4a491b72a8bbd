from .base_model import BaseModel
from .enums import Role
from .fragments import WorkspaceFields


class Memberships(BaseModel):
    memberships: list["MembershipsMemberships"]


class MembershipsMemberships(BaseModel):
    membership: "MembershipsMembershipsMembership"
    workspace: "MembershipsMembershipsWorkspace"


class MembershipsMembershipsMembership(BaseModel):
    id: str
    role: Role


MembershipsMembershipsWorkspace = WorkspaceFields
Memberships.model_rebuild()
MembershipsMemberships.model_rebuild()
