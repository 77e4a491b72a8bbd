from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest

from components.job import Job, JobArgs
from components.registry import Registry, RegistryArgs
from components.service import Service, ServiceArgs
from components.worker_pool import WorkerPool, WorkerPoolArgs
from components.workload import SecretEnv, WorkloadArgs
from tests.components.alone import at, declared, every, named, only

COMMON: dict[str, Any] = {
    "project": "acme",
    "region": "europe-west1",
    "name": "w",
    "image": "europe-west1-docker.pkg.dev/acme/releases/w@sha256:0",
    "account_email": "run-w@acme.iam.gserviceaccount.com",
    "network_id": "n",
    "subnet_id": "s",
    "env": {"B": "2", "A": "1"},
    "secret_env": {"KEY": SecretEnv(secret_id="key", version="3")},
}
DECLARE = {
    "Service": (lambda: Service("w", ServiceArgs(**COMMON)), "template"),
    "WorkerPool": (lambda: WorkerPool("w", WorkerPoolArgs(**COMMON)), "template"),
    "Job": (lambda: Job("w", JobArgs(**COMMON)), "template.template"),
}


@pytest.mark.parametrize("kind", DECLARE)
def test_a_workload_runs_as_its_own_account_with_all_traffic_through_its_network(kind: str) -> None:
    declare, template = DECLARE[kind]
    (made,) = (r for r in every(declared(declare), kind) if r.custom)
    assert at(made, f"{template}.serviceAccount") == "run-w@acme.iam.gserviceaccount.com"
    assert at(made, f"{template}.vpcAccess.egress") == "ALL_TRAFFIC"
    assert at(made, f"{template}.vpcAccess.networkInterfaces") == [{"network": "n", "subnetwork": "s"}]


@pytest.mark.parametrize("kind", DECLARE)
def test_a_workload_names_a_version_of_a_secret_and_never_its_value(kind: str) -> None:
    declare, template = DECLARE[kind]
    (made,) = (r for r in every(declared(declare), kind) if r.custom)
    assert at(made, f"{template}.containers.0.envs") == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "2"},
        {"name": "KEY", "valueSource": {"secretKeyRef": {"secret": "key", "version": "3"}}},
    ]


def test_a_variable_is_plain_or_secret_and_not_both() -> None:
    with pytest.raises(ValueError, match="KEY is given twice"):
        WorkloadArgs(**{**COMMON, "env": {"KEY": "1"}})


def test_an_instance_may_take_four_minutes_to_reach_what_it_needs_at_its_start() -> None:
    made = named(declared(lambda: Service("w", ServiceArgs(**COMMON))), "w-service")
    probe = at(made, "template.containers.0.startupProbe")
    assert probe["periodSeconds"] * probe["failureThreshold"] == 240


def test_a_worker_pool_has_the_instances_that_it_is_given_since_the_api_scales_none() -> None:
    made = named(declared(lambda: WorkerPool("w", WorkerPoolArgs(**COMMON, instances=3))), "w-pool")
    assert at(made, "scaling") == {"manualInstanceCount": 3}


def test_a_service_is_reached_through_a_load_balancer_only() -> None:
    made = named(declared(lambda: Service("w", ServiceArgs(**COMMON))), "w-service")
    assert at(made, "ingress") == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"


def test_a_service_of_web_sockets_sends_a_client_back_and_lets_it_stay_for_an_hour() -> None:
    args = ServiceArgs(**COMMON, session_affinity=True, timeout_s=3600)
    made = named(declared(lambda: Service("w", args)), "w-service")
    assert (at(made, "template.sessionAffinity"), at(made, "template.timeout")) == (True, "3600s")


def test_the_job_has_run_before_a_service_rolls() -> None:
    def declare() -> None:
        job = Job("migrate", JobArgs(**COMMON))
        Service("api", ServiceArgs(**{**COMMON, "image": job.once_run("image")}))

    declaration = declared(declare)
    service = named(declaration, "api-service")
    assert at(service, "template.containers.0.image") == "image"
    assert service.property_dependencies["template"] == (named(declaration, "migrate-job").urn,)


def token(**changes: Any) -> str:
    args = JobArgs(**{**COMMON, "labels": {"stack": "eu-west"}, **changes})
    made = named(declared(lambda: Job("w", args)), "w-job")
    return str(at(made, "runExecutionToken"))


@pytest.mark.parametrize(
    "changes",
    [
        {"occasion": "the next release"},
        {"image": "europe-west1-docker.pkg.dev/acme/releases/w@sha256:1"},
        {"secret_env": {"KEY": SecretEnv(secret_id="key", version="4")}},
        {"env": {"A": "1"}},
        {"account_email": "another@p.iam.gserviceaccount.com"},
        {"network_id": "another"},
        {"subnet_id": "another"},
        {"memory": "1Gi"},
        {"cpu": "2"},
        {"labels": {"stack": "us-east"}},
        {"labels": {"stack": "eu-west", "team": "data"}},
        {"timeout_s": 60},
        {"retries": 0},
    ],
    ids=str,
)
def test_a_job_runs_again_for_whatever_changes_of_it(changes: dict[str, Any]) -> None:
    assert token(**changes) != token() == token()
    assert re.fullmatch(r"[0-9a-f]{12}", token(**changes))


def test_everything_that_a_job_is_made_of_counts_for_its_token() -> None:
    """A new argument that no test above knows of must not be left out."""
    identity = {"project", "region", "name", "constant_labels"}
    counted = {"image", "secret_env", "env", "account_email", "network_id", "subnet_id", "memory", "cpu", "labels"}
    assert {field.name for field in fields(JobArgs)} == counted | identity | {"occasion", "timeout_s", "retries"}


def test_jobs_of_two_regions_that_run_the_same_have_the_same_token() -> None:
    image, email = "us-east1-docker.pkg.dev/other/releases/w@sha256:0", "run-w@other.iam.gserviceaccount.com"
    assert token() == token(project="other", region="us-east1", image=image, account_email=email)


def test_labels_that_say_which_stack_a_job_is_of_do_not_tell_tokens_of_stacks_apart() -> None:
    assert token(constant_labels=["stack"]) == token(constant_labels=["stack"], labels={"stack": "us-east"})


def test_the_provider_waits_for_a_job_as_long_as_it_may_run() -> None:
    args = JobArgs(**COMMON, timeout_s=3600, retries=2)
    waits = named(declared(lambda: Job("w", args)), "w-job").options.custom_timeouts
    assert waits is not None
    for limit in (waits.create, waits.update):
        assert limit is not None
        assert int(limit.removesuffix("s")) >= 3 * 3600


def test_every_kind_of_workload_takes_the_same_common_arguments() -> None:
    common = {field.name for field in fields(WorkloadArgs)}
    for kind in (ServiceArgs, WorkerPoolArgs, JobArgs):
        assert common <= {field.name for field in fields(kind)}


def test_a_registry_stands_in_front_of_the_release_registry() -> None:
    args = RegistryArgs(
        project="p",
        location="europe-west1",
        repository_id="releases",
        upstream="projects/acme-releases/locations/us/repositories/product",
        key_id="k",
    )
    made = only(declared(lambda: Registry("registry", args)), "Repository")
    assert at(made, "mode") == "REMOTE_REPOSITORY"
    assert at(made, "remoteRepositoryConfig.commonRepository.uri") == args.upstream
    assert at(made, "kmsKeyName") == "k"
