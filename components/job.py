"""Work on Cloud Run that runs to its end once a release: database migrations and roles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child, ready
from components.workload import WorkloadArgs, environment

T = TypeVar("T")

STARTING_S = 300


@dataclass(frozen=True, kw_only=True)
class JobArgs(WorkloadArgs):
    """The job runs whenever something of it changes. `timeout_s` bounds one run, which is tried again `retries` times.

    `occasion` is what it runs for besides, such as a release of which its own image is only a part.
    `constant_labels` are those of `labels` whose values never change for this job, such as its stack's name.
    """

    occasion: Input[str] = ""
    constant_labels: Sequence[str] = ()
    timeout_s: int = 1800
    retries: int = 3  # the first run over direct VPC egress may find no way out for a minute or more

    @property
    def run_token(self) -> Output[str]:
        """12 hexadecimal digits that change with everything that a run is made of.

        Each change of a job is sent with its token, and the run is named after both: Cloud Run refuses a change under
        the token of a run that there was ("Resource 'migrate-1a2b' already exists",
        https://github.com/hashicorp/terraform-provider-google/issues/24451).
        """
        secrets = {name: [secret.secret_id, secret.version] for name, secret in self.secret_env.items()}
        labels = {key: value for key, value in self.labels.items() if key not in self.constant_labels}
        parts = [
            self.occasion,
            self.image,
            self.account_email,
            self.network_id,
            self.subnet_id,
            dict(self.limits),
            dict(self.env),
            secrets,
            [sorted(self.labels), labels],
            [self.timeout_s, self.retries],
        ]
        # A job of another project or region is another job; where its image lies says both.
        return Output.all(Output.json_dumps(parts, sort_keys=True), self.project, self.region).apply(
            lambda all_: _digest(all_[0].replace(all_[1], "project").replace(all_[2], "region"))
        )

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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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
                envs=environment(
                    args,
                    gcp.cloudrunv2.JobTemplateTemplateContainerEnvArgs,
                    gcp.cloudrunv2.JobTemplateTemplateContainerEnvValueSourceArgs,
                    gcp.cloudrunv2.JobTemplateTemplateContainerEnvValueSourceSecretKeyRefArgs,
                ),
            )
        ],
    )
