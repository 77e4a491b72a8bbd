"""The accounts that a region's workloads run as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child, ready


@dataclass(frozen=True, kw_only=True)
class AccountArgs:
    """One service account. `project_roles` are what it may do in its project: predefined, narrow roles."""

    account_id: Input[str]
    purpose: Input[str]
    project_roles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """`accounts` maps a workload to its account."""

    project: Input[str]
    accounts: Mapping[str, AccountArgs] = field(default_factory=dict)


# CKV_GCP_117, 41, 49, 42: what no workload gets.
FORBIDDEN_ROLES = frozenset(
    {
        "roles/owner",
        "roles/editor",
        "roles/viewer",
        "roles/iam.serviceAccountUser",
        "roles/iam.serviceAccountTokenCreator",
        "roles/iam.workloadIdentityUser",
    }
)


class Identity(pulumi.ComponentResource):
    """One service account a workload, each with its own roles (CKV_GCP_46: never the default account).

    `emails` and `members` imply readiness: they wait for the account's roles. Does not make keys: workloads get their
    credentials from the platform. Does not grant access to single objects (a secret, a bucket, a topic): the component
    that owns the object does. Raises ValueError for a basic role, an admin role or one that impersonates.
    """

    emails: Mapping[str, Output[str]]
    members: Mapping[str, Output[str]]

    def __init__(self, name: str, args: IdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:identity:Identity", name, None, opts)
        for workload, account in args.accounts.items():
            _refuse_wide_roles(workload, account.project_roles)
        self.emails = {}
        self.members = {}
        for workload, account in args.accounts.items():
            self._make_account(name, workload, account, args.project)
        self.register_outputs({"emails": dict(self.emails), "members": dict(self.members)})

    def _make_account(self, name: str, workload: str, args: AccountArgs, project: Input[str]) -> None:
        account = gcp.serviceaccount.Account(
            f"{name}-{workload}",
            project=project,
            account_id=args.account_id,
            display_name=workload,
            description=args.purpose,
            opts=child(self),
        )
        grants = [
            gcp.projects.IAMMember(
                f"{name}-{workload}-{role.removeprefix('roles/')}",
                project=project,
                role=role,
                member=account.member,
                opts=child(self),
            )
            for role in args.project_roles
        ]
        self.emails = {**self.emails, workload: ready(account.email, *grants)}
        self.members = {**self.members, workload: ready(account.member, *grants)}


def _refuse_wide_roles(workload: str, roles: tuple[str, ...]) -> None:
    for role in roles:
        if role in FORBIDDEN_ROLES or role.lower().endswith("admin"):
            raise ValueError(
                f"workload {workload!r} asks for {role}, which no workload gets; name the narrow roles that it needs"
            )
