from __future__ import annotations

import pulumi
import pytest

from components.ci_identities import GITHUB, CiIdentities, CiIdentitiesArgs, PipelineAccountArgs
from regionctl.render import Declaration, ProgramFailed
from tests.components.alone import at, declared, every, named, only, waits_for

ACCOUNTS = {
    "plan": PipelineAccountArgs(account_id="ci-plan", purpose="Plans.", environments=["read-only"]),
    "deploy": PipelineAccountArgs(account_id="ci-deploy", purpose="Applies.", environments=["staging", "prod"]),
}


def identities(accounts: dict[str, PipelineAccountArgs] = ACCOUNTS) -> Declaration:
    def declare() -> None:
        made = CiIdentities(
            "ci",
            CiIdentitiesArgs(
                project="acme-prod-ci-1",
                pool_id="pipelines-1",
                provider_id="github",
                repository="acme/platform",
                repository_id="123",
                owner_id="45",
                accounts=accounts,
            ),
        )
        pulumi.export("provider", made.provider_name)
        pulumi.export("emails", dict(made.emails))

    return declared(declare)


def test_only_the_named_environments_of_the_repository_get_in() -> None:
    provider = only(identities(), "WorkloadIdentityPoolProvider")
    assert at(provider, "oidc.issuerUri") == GITHUB
    assert at(provider, "attributeCondition") == (
        "assertion.repository_id == '123' && assertion.repository_owner_id == '45' && "
        "(assertion.environment == 'read-only' || assertion.environment == 'staging'"
        " || assertion.environment == 'prod')"
    )


def test_a_job_becomes_the_account_of_its_own_environment_and_no_other() -> None:
    declaration = identities()
    grants = {
        grant.name: (at(grant, "serviceAccountId").rpartition("/")[2], at(grant, "member").rpartition("/")[2])
        for grant in every(declaration, "IAMMember")
        if grant.type.startswith("gcp:serviceaccount/")
    }
    assert grants == {
        "ci-plan-read-only": ("${ci-accounts-plan.email}", "read-only"),
        "ci-deploy-staging": ("${ci-accounts-deploy.email}", "staging"),
        "ci-deploy-prod": ("${ci-accounts-deploy.email}", "prod"),
    }
    assert at(named(declaration, "ci-deploy-prod"), "member") == (
        "principalSet://iam.googleapis.com/${ci-pool.name}/attribute.environment/prod"
    )


def test_nobody_is_let_in_before_the_provider_says_whom_it_takes() -> None:
    declaration = identities()
    provider = only(declaration, "WorkloadIdentityPoolProvider")
    assert all(waits_for(declaration, grant, provider) for grant in every(declaration, "IAMMember"))


def test_the_accounts_are_granted_nothing_here_and_have_no_keys() -> None:
    declaration = identities()
    assert not [r for r in declaration.resources.values() if r.type.startswith("gcp:projects/")]
    assert not every(declaration, "Key")


def test_an_environment_belongs_to_one_account() -> None:
    both = PipelineAccountArgs(account_id="ci-deploy", purpose="Applies.", environments=["read-only"])
    with pytest.raises(ProgramFailed, match="two accounts"):
        identities({**ACCOUNTS, "deploy": both})
