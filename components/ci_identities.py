"""Lets a company's CI into the cloud: by OpenID Connect, for minutes, without a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child, ready
from components.identity import AccountArgs, Identity, IdentityArgs

GITHUB = "https://token.actions.githubusercontent.com"


@dataclass(frozen=True, kw_only=True)
class PipelineAccountArgs:
    """An account, and the environments of the repository whose jobs may become it."""

    account_id: Input[str]
    purpose: Input[str]
    environments: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class CiIdentitiesArgs:
    """`repository` (owner/name) is for people; the numeric ids of it and of its owner decide, since a name can be taken
    over by somebody else. `accounts` maps a stable key to an account.

    `pool_id` and `provider_id` are 4 to 32 lower-case letters, digits and dashes, and not given out again for 30 days.
    """

    project: Input[str]
    pool_id: str
    provider_id: str
    repository: str
    repository_id: str
    owner_id: str
    accounts: Mapping[str, PipelineAccountArgs]


class CiIdentities(pulumi.ComponentResource):
    """A workload identity pool with a provider for GitHub Actions that takes the jobs of one repository in the named
    environments, and accounts that these jobs may become, each from its own environments (CKV_GCP_118, CKV_GCP_125).

    `provider_name` and `emails` imply readiness: they wait until jobs may become the accounts. Does not grant the
    accounts anything: what each may do is said where that lies. Does not make the repository's environments, whose
    reviewers decide who deploys. Raises ValueError for an environment of two accounts.
    """

    provider_name: Output[str]
    emails: Mapping[str, Output[str]]

    def __init__(self, name: str, args: CiIdentitiesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:ci:Identities", name, None, opts)
        environments = [environment for account in args.accounts.values() for environment in account.environments]
        if len(set(environments)) < len(environments):
            raise ValueError("an environment is named for two accounts; its jobs could become either")
        pool = gcp.iam.WorkloadIdentityPool(
            f"{name}-pool",
            project=args.project,
            workload_identity_pool_id=args.pool_id,
            display_name="CI",
            description=f"Jobs of {args.repository}.",
            opts=child(self),
        )
        provider = self._make_provider(name, args, pool, environments)
        accounts = Identity(
            f"{name}-accounts",
            IdentityArgs(
                project=args.project,
                accounts={
                    key: AccountArgs(account_id=account.account_id, purpose=account.purpose)
                    for key, account in args.accounts.items()
                },
            ),
            ResourceOptions(parent=self),
        )
        users = [
            gcp.serviceaccount.IAMMember(
                f"{name}-{key}-{environment}",
                service_account_id=Output.concat("projects/", args.project, "/serviceAccounts/", accounts.emails[key]),
                role="roles/iam.workloadIdentityUser",
                # By the pool's name, which has the project's number: the API knows no pool by its project's id.
                member=Output.concat(
                    "principalSet://iam.googleapis.com/", pool.name, f"/attribute.environment/{environment}"
                ),
                opts=child(self, after=[provider]),
            )
            for key, account in args.accounts.items()
            for environment in account.environments
        ]
        self.provider_name = ready(provider.name, *users)
        self.emails = {key: ready(email, *users) for key, email in accounts.emails.items()}
        self.register_outputs({"providerName": self.provider_name, "emails": dict(self.emails)})

    def _make_provider(
        self, name: str, args: CiIdentitiesArgs, pool: gcp.iam.WorkloadIdentityPool, environments: Sequence[str]
    ) -> gcp.iam.WorkloadIdentityPoolProvider:
        return gcp.iam.WorkloadIdentityPoolProvider(
            f"{name}-provider",
            project=args.project,
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=args.provider_id,
            display_name="GitHub Actions",
            description=f"{args.repository}, in its environments {', '.join(environments)}.",
            # Claims: https://docs.github.com/actions/reference/openid-connect-reference
            attribute_mapping={
                "google.subject": "assertion.sub",
                "attribute.environment": "assertion.environment",
            },
            attribute_condition=_condition(args, environments),
            oidc=gcp.iam.WorkloadIdentityPoolProviderOidcArgs(issuer_uri=GITHUB),
            opts=child(self),
        )


def _condition(args: CiIdentitiesArgs, environments: Sequence[str]) -> str:
    named = " || ".join(f"assertion.environment == '{environment}'" for environment in environments)
    ids = f"assertion.repository_id == '{args.repository_id}' && assertion.repository_owner_id == '{args.owner_id}'"
    return f"{ids} && ({named})"
