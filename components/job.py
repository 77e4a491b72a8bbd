"""Work on Cloud Run that runs to its end once a release: database migrations and roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child, ready
from components.workload import WorkloadArgs

T = TypeVar("T")

STARTING_S = 300


@dataclass(frozen=True, kw_only=True)
class JobArgs(WorkloadArgs):
    """The job runs whenever `run_token` changes. `timeout_s` bounds one run, which is tried again `retries` times.

    `run_token` is at most 20 lower-case letters and digits: the run is named `<name>-<token>`, 63 characters at most.
    """

    run_token: Input[str]
    timeout_s: int = 1800
    retries: int = 3  # the first run over direct VPC egress may find no way out for a minute or more

    @property
    def longest_s(self) -> int:
        """Until the last run has ended or was stopped, with time to start each."""
        return (self.timeout_s + STARTING_S) * (1 + self.retries)


class Job(pulumi.ComponentResource):
    """A job that has run to its end before anything that uses one of its outputs goes on.

    `once_run(value)` is how a workload waits for it: give its image through it. A run that fails fails the update, and
    the workloads stay as they were. Does not undo anything: a migration must leave the release before it working.
    """

    job_name: Output[str]

    def __init__(self, name: str, args: JobArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:job:Job", name, None, opts)
        self._job = gcp.cloudrunv2.Job(
            f"{name}-job",
            project=args.project,
            location=args.region,
            name=args.name,
            run_execution_token=args.run_token,
            template=gcp.cloudrunv2.JobTemplateArgs(
                task_count=1, parallelism=1, labels=args.labels, template=_template(args)
            ),
            deletion_protection=False,
            labels=args.labels,
            # The provider waits for the run, but for 20 minutes only (its default timeout): a longer migration would
            # fail the update while it goes on.
            opts=child(self, timeout_s=args.longest_s),
        )
        self.job_name = self._job.name
        self.register_outputs({"jobName": self.job_name})

    def once_run(self, value: Input[T]) -> Output[T]:
        """`value` as it is, once the job has run."""
        return ready(Output.from_input(value), self._job)


def _template(args: JobArgs) -> gcp.cloudrunv2.JobTemplateTemplateArgs:
    return gcp.cloudrunv2.JobTemplateTemplateArgs(
        service_account=args.account_email,
        timeout=f"{args.timeout_s}s",
        max_retries=args.retries,
        execution_environment="EXECUTION_ENVIRONMENT_GEN2",
        vpc_access=gcp.cloudrunv2.JobTemplateTemplateVpcAccessArgs(
            egress="ALL_TRAFFIC",
            network_interfaces=[
                gcp.cloudrunv2.JobTemplateTemplateVpcAccessNetworkInterfaceArgs(
                    network=args.network_id, subnetwork=args.subnet_id
                )
            ],
        ),
        containers=[
            gcp.cloudrunv2.JobTemplateTemplateContainerArgs(
                image=args.image,
                resources=gcp.cloudrunv2.JobTemplateTemplateContainerResourcesArgs(limits=args.limits),
                envs=_envs(args),
            )
        ],
    )


def _envs(args: JobArgs) -> list[gcp.cloudrunv2.JobTemplateTemplateContainerEnvArgs]:
    plain = [
        gcp.cloudrunv2.JobTemplateTemplateContainerEnvArgs(name=name, value=args.env[name]) for name in sorted(args.env)
    ]
    secret = [
        gcp.cloudrunv2.JobTemplateTemplateContainerEnvArgs(
            name=name,
            value_source=gcp.cloudrunv2.JobTemplateTemplateContainerEnvValueSourceArgs(
                secret_key_ref=gcp.cloudrunv2.JobTemplateTemplateContainerEnvValueSourceSecretKeyRefArgs(
                    secret=args.secret_env[name].secret_id, version=args.secret_env[name].version
                )
            ),
        )
        for name in sorted(args.secret_env)
    ]
    return [*plain, *secret]
