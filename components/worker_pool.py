"""Background work on Cloud Run."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child
from components.workload import WorkloadArgs, environment


@dataclass(frozen=True, kw_only=True)
class WorkerPoolArgs(WorkloadArgs):
    """As for any workload, and how many instances it has."""

    instances: Input[int] = 1


class WorkerPool(pulumi.ComponentResource):
    """Instances that pull their work: they have no address and answer no request. Holds no data.

    Does not scale: Cloud Run changes a pool's instances by CPU at most, which says nothing of a backlog, and its API
    takes no such mode (https://github.com/hashicorp/terraform-provider-google/issues/26525). Scaling by backlog needs
    an autoscaler of one's own: https://cloud.google.com/run/docs/configuring/workerpools/crema-autoscaling
    """

    pool_name: Output[str]

    def __init__(self, name: str, args: WorkerPoolArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:worker:WorkerPool", name, None, opts)
        pool = gcp.cloudrunv2.WorkerPool(
            f"{name}-pool",
            project=args.project,
            location=args.region,
            name=args.name,
            scaling=gcp.cloudrunv2.WorkerPoolScalingArgs(manual_instance_count=args.instances),
            template=_template(args),
            deletion_protection=False,
            labels=args.labels,
            opts=child(self),
        )
        self.pool_name = pool.name
        self.register_outputs({"poolName": self.pool_name})


def _template(args: WorkerPoolArgs) -> gcp.cloudrunv2.WorkerPoolTemplateArgs:
    return gcp.cloudrunv2.WorkerPoolTemplateArgs(
        service_account=args.account_email,
        labels=args.labels,
        vpc_access=gcp.cloudrunv2.WorkerPoolTemplateVpcAccessArgs(
            egress="ALL_TRAFFIC",
            network_interfaces=[
                gcp.cloudrunv2.WorkerPoolTemplateVpcAccessNetworkInterfaceArgs(
                    network=args.network_id, subnetwork=args.subnet_id
                )
            ],
        ),
        containers=[
            gcp.cloudrunv2.WorkerPoolTemplateContainerArgs(
                image=args.image,
                resources=gcp.cloudrunv2.WorkerPoolTemplateContainerResourcesArgs(limits=args.limits),
                envs=environment(
                    args,
                    gcp.cloudrunv2.WorkerPoolTemplateContainerEnvArgs,
                    gcp.cloudrunv2.WorkerPoolTemplateContainerEnvValueSourceArgs,
                    gcp.cloudrunv2.WorkerPoolTemplateContainerEnvValueSourceSecretKeyRefArgs,
                ),
            )
        ],
    )
