from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from components.storage import ACCESS_LOG_WRITERS_CUSTOMER
from regionctl.model.program import SecretKind, StackKind, StackProgram
from regionctl.render import render
from regions.keys import SecretKey
from regions.load import load_fleet
from regions.spec import Lifecycle
from stacks.outputs import LastOutputs, Out
from stacks.programs import REGIONS_DIR, programs, run_stack
from stacks.table import Table
from tests.components.alone import at, every, named, waits_for
from tests.inventories import inventory

PROD = load_fleet(REGIONS_DIR, "prod")


def test_auth_comes_first_and_every_region_needs_it() -> None:
    stacks = list(programs(PROD).values())
    assert stacks[0].name == "prod.auth"
    assert all("prod.auth" in stack.needs for stack in stacks if stack.region)


def test_every_stack_says_whose_resources_it_declares() -> None:
    """Else a cloud fleet is not asked for what its providers need, or for what they do not need."""
    for program in programs(PROD).values():
        types = {resource.type.partition(":")[0] for resource in render(program).resources.values() if resource.custom}
        assert types - {"pulumi"} == program.providers, program.name


def test_programs_export_the_outputs_that_others_read_and_no_others() -> None:
    exported = {program.kind: set(render(program).outputs) for program in programs(PROD).values()}
    assert set().union(*exported.values()) <= set(Out)
    homes = {Out.PROJECT_NUMBER, Out.ORIGIN_HOST, Out.ORIGIN_ADDRESS, Out.CERTIFICATE_DNS_RECORD}
    assert homes <= exported[StackKind.REGION]
    assert {*homes, Out.LISTENING, Out.EDGE_TOKEN} <= exported[StackKind.AUTH]
    assert {Out.ORIGIN_HOSTS, Out.REGIONS} <= exported[StackKind.EDGE]


def test_what_a_stack_last_said_is_read_as_it_was_exported() -> None:
    stacks = {program.kind: program for program in programs(PROD).values()}
    auth, edge = (LastOutputs(render(stacks[kind]).outputs) for kind in (StackKind.AUTH, StackKind.EDGE))
    assert auth.origin_host
    assert auth.listening
    assert set(auth.listening) == set(PROD.regions)
    assert set(edge.origin_hosts) >= set(Table.from_json(edge.regions).regions)
    assert LastOutputs({Out.ORIGIN_HOST: 1, Out.LISTENING: "x"}).origin_host is None


def test_each_stack_says_what_it_is_for_and_its_name_in_the_fleet() -> None:
    kinds = {program.short: program.kind for program in programs(PROD).values()}
    assert kinds["auth"] is StackKind.AUTH
    assert kinds["edge"] is StackKind.EDGE
    assert {name for name, kind in kinds.items() if kind is StackKind.REGION} == set(PROD.regions)


def test_a_region_can_be_rendered_in_any_state_of_its_life() -> None:
    region = PROD.regions["eu-west"]
    texts = set()
    for lifecycle in Lifecycle:
        fleet = replace(PROD, regions={"eu-west": region.model_copy(update={"lifecycle": lifecycle})})
        texts.add(inventory(programs(fleet)["prod.eu-west"]))
    assert len(texts) == 1


def test_a_closed_region_may_listen_no_more() -> None:
    closed = PROD.regions["eu-west"].model_copy(update={"lifecycle": Lifecycle.CLOSED})
    auth = render(programs(replace(PROD, regions={**PROD.regions, "eu-west": closed}))["prod.auth"])
    assert [g.name for g in every(auth, "TopicIAMMember") if "subscriber" in g.name] == [
        "events-subscriber-ap-south",
        "events-subscriber-us-east",
    ]


def test_a_region_subscribes_to_the_topic_that_auth_declares() -> None:
    region = render(programs(PROD)["prod.eu-west"])
    topics = {s.inputs["topic"] for s in every(region, "Subscription") if "topic" in s.inputs}
    assert "projects/acme-prod-auth-1/topics/auth-events" in topics


def test_a_provided_secret_is_asked_for_and_a_generated_one_is_made() -> None:
    slots = programs(PROD)["prod.eu-west"].secrets
    assert slots["smtp-password"].kind is SecretKind.PROVIDED
    assert (slots["session-key"].kind, slots["session-key"].bytes) == (SecretKind.GENERATED, 64)
    assert slots["edge-client-ca"].kind is SecretKind.PROVIDED


def test_every_secret_is_due_as_often_as_its_spec_says() -> None:
    spec = PROD.regions["eu-west"]
    secrets = {key: secret.model_copy(update={"rotation_days": 7}) for key, secret in spec.secrets.items()}
    changed = replace(PROD, regions={"eu-west": spec.model_copy(update={"secrets": secrets})})
    declared = render(programs(changed)["prod.eu-west"])
    for key in spec.secrets:
        (secret,) = (s for s in every(declared, "Secret") if s.name == f"secrets-{key}")
        assert secret.inputs["rotation"] == {
            "rotationPeriod": "604800s",
            "nextRotationTime": f"{PROD.spec.first_rotation}T00:00:00Z",
        }


def test_no_secret_takes_a_variable_that_a_workload_is_told_in_plain() -> None:
    taken = {
        variable["name"].lower().replace("_", "-")
        for kind in ("Service", "WorkerPool")
        for workload in every(render(programs(PROD)["prod.eu-west"]), kind)
        if workload.type.startswith("gcp:cloudrunv2/")
        for variable in at(workload, "template.containers.0.envs")
        if "value" in variable
    }
    assert len(taken) > 10
    for key in taken:
        with pytest.raises(ValidationError):  # some are longer than a key may be
            TypeAdapter(SecretKey).validate_python(key)


def test_the_migration_runs_again_for_a_new_release_and_not_for_what_it_does_not_see() -> None:
    spec = PROD.regions["eu-west"]

    def token(**changes: object) -> object:
        regions = {**PROD.regions, "eu-west": spec.model_copy(update=changes)}
        declaration = render(programs(replace(PROD, regions=regions))["prod.eu-west"])
        return at(named(declaration, "migrate-job"), "runExecutionToken")

    rolled = {**spec.release, "api": f"sha256:{'0' * 64}"}
    assert token(release=rolled) != token() == token(drain_timeout_s=5)


def test_the_entry_point_runs_the_stack_that_it_is_asked_for() -> None:
    program = programs(PROD)["prod.auth"]
    by_name = StackProgram(
        project=program.project,
        name=program.name,
        fleet=program.fleet,
        region=None,
        target=program.target,
        secrets=program.secrets,
        run=lambda: run_stack("prod.auth"),
    )
    assert inventory(by_name) == inventory(program)


def test_with_an_organisation_the_project_is_made_and_its_cost_watched() -> None:
    organisation = {"id": "123456789012", "billing_account": "01AB23-CD45EF-678901"}
    spec = type(PROD.spec).model_validate({**PROD.spec.model_dump(), "organisation": organisation})
    kinds = {r.type for r in render(programs(replace(PROD, spec=spec))["prod.eu-west"]).resources.values()}
    assert {"gcp:organizations/project:Project", "gcp:orgpolicy/policy:Policy", "gcp:billing/budget:Budget"} <= kinds


def test_a_region_of_an_organisation_admits_who_writes_access_logs_before_they_are_granted_anything() -> None:
    organisation = {"id": "123456789012", "billing_account": "01AB23-CD45EF-678901"}
    spec = type(PROD.spec).model_validate({**PROD.spec.model_dump(), "organisation": organisation})
    region = render(programs(replace(PROD, spec=spec))["prod.eu-west"])
    policy = named(region, "project-policy-iam.allowedPolicyMemberDomains")
    assert at(policy, "spec.rules.0.values.allowedValues") == [
        "is:principalSet://iam.googleapis.com/organizations/123456789012",
        ACCESS_LOG_WRITERS_CUSTOMER,
    ]
    assert waits_for(region, named(region, "storage-access-logs-writer"), policy)
