from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pulumi
import pytest

from components.keys import KeyArgs, Keys, KeysArgs
from components.project import ENFORCED, Project, ProjectArgs, ProjectCreation
from regionctl.render import Declaration, ProgramFailed
from tests.components.alone import at, declared, every, named, only, waits_for

CREATION = ProjectCreation(
    title="acme prod eu-west",
    billing_account="01AB23-CD45EF-678901",
    org_id="123456789012",
    allowed_locations=["in:europe-west1-locations"],
)
ARGS = ProjectArgs(project_id="acme-eu", services=("compute", "pubsub", "storage"), agents=("pubsub", "storage"))


def project(args: ProjectArgs = ARGS) -> Declaration:
    def declare() -> None:
        made = Project("project", args)
        pulumi.export("number", made.number)
        pulumi.export("storage", made.agents["storage"])

    return declared(declare)


def created(creation: ProjectCreation = CREATION) -> Declaration:
    return project(replace(ARGS, creation=creation))


def test_a_project_that_exists_is_not_made_again_and_gets_no_policies() -> None:
    kinds = {r.type for r in project().resources.values()}
    assert not {"gcp:organizations/project:Project", "gcp:orgpolicy/policy:Policy"} & kinds


def test_a_project_is_made_without_the_default_network_and_guarded() -> None:
    made = named(created(), "project-project")
    assert at(made, "autoCreateNetwork") is False
    assert at(made, "deletionPolicy") == "PREVENT"
    assert made.options.protect is True


def test_resources_may_rest_in_the_named_locations_only() -> None:
    policy = named(created(), "project-policy-gcp.resourceLocations")
    assert at(policy, "spec.rules.0.values.allowedValues") == ["in:europe-west1-locations"]


@pytest.mark.parametrize("constraint", ENFORCED)
def test_the_organisation_policies_are_enforced_before_any_service_is_on(constraint: str) -> None:
    declaration = created()
    policy = named(declaration, f"project-policy-{constraint}")
    assert at(policy, "spec.rules.0.enforce") == "TRUE"
    assert all(policy.urn in service.dependencies for service in every(declaration, "Service"))


def test_policies_of_a_project_are_set_one_after_the_other() -> None:
    declaration = created()
    policies = every(declaration, "Policy")
    pairs = list(combinations(policies, 2))
    assert len(pairs) > 10
    for one, other in pairs:
        assert waits_for(declaration, one, other) is not waits_for(declaration, other, one)


def test_a_project_admits_whom_it_is_told_besides_those_whom_its_organisation_admits() -> None:
    policy = named(created(replace(CREATION, admitted=["is:C0"])), "project-policy-iam.allowedPolicyMemberDomains")
    assert at(policy, "spec.rules.0.values.allowedValues") == ["is:C0"]
    assert at(policy, "spec.inheritFromParent") is True


def test_a_project_that_admits_nobody_more_leaves_that_to_its_organisation() -> None:
    assert not created().named("project-policy-iam.allowedPolicyMemberDomains")


def test_the_account_that_comes_with_compute_engine_may_do_nothing() -> None:
    declaration = created()
    accounts = only(declaration, "DefaultServiceAccounts")
    assert (at(accounts, "action"), at(accounts, "restorePolicy")) == ("DEPRIVILEGE", "NONE")
    assert waits_for(declaration, accounts, named(declaration, "project-compute"))


def test_the_default_account_of_a_project_that_exists_is_its_owners_matter() -> None:
    assert not every(project(), "DefaultServiceAccounts")


def test_reads_and_writes_of_data_are_audited() -> None:
    audit = only(project(), "IAMAuditConfig")
    assert at(audit, "service") == "allServices"
    assert [config["logType"] for config in at(audit, "auditLogConfigs")] == ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]


def test_a_service_stays_on_when_the_project_forgets_it() -> None:
    assert {at(service, "disableOnDestroy") for service in every(project(), "Service")} == {False}


def test_what_uses_a_service_waits_for_that_one_and_no_other() -> None:
    def declare() -> None:
        made = Project("project", ARGS)
        Keys("keys", KeysArgs(project=made.using("storage"), location="l", ring_name="r", keys={}))

    declaration = declared(declare)
    services = {r.urn for r in every(declaration, "Service")}
    waiting = set(only(declaration, "KeyRing").property_dependencies["project"])
    assert waiting & services == {named(declaration, "project-storage").urn}


def test_a_service_that_is_not_switched_on_cannot_be_used() -> None:
    with pytest.raises(ProgramFailed, match="'run' is not switched on"):
        declared(lambda: Project("project", ARGS).using("run"))


def test_storages_agent_is_named_after_the_projects_number() -> None:
    assert created().outputs["storage"] == (
        "serviceAccount:service-${project-project.number}@gs-project-accounts.iam.gserviceaccount.com"
    )


def test_storages_agent_is_asked_for_in_an_update_since_that_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.project.is_dry_run", lambda: False)
    with pytest.raises(ProgramFailed, match="storage/getProjectServiceAccount"):  # a render has nobody to ask
        created()


def test_without_a_project_of_ones_own_another_agent_tells_the_number() -> None:
    assert "${project-agent-pubsub.member}" in str(project().outputs["number"])


def test_nothing_tells_the_number_without_an_agent() -> None:
    with pytest.raises(ProgramFailed, match="name a service in `agents`"):
        declared(lambda: Project("project", ProjectArgs(project_id="p", services=("run",))).number)


def test_an_agent_of_a_grant_is_the_services_own() -> None:
    def declare() -> None:
        made = Project("project", ARGS)
        keys = {"messages": KeyArgs(name="messages", members={"pubsub": made.agents["pubsub"]})}
        Keys("keys", KeysArgs(project="p", location="l", ring_name="r", keys=keys))

    assert at(only(declared(declare), "CryptoKeyIAMMember"), "member") == "${project-agent-pubsub.member}"
