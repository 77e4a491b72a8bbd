"""An HTTP service on Cloud Run."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child
from components.workload import WorkloadArgs, environment


@dataclass(frozen=True, kw_only=True)
class ServiceArgs(WorkloadArgs):
    """`timeout_s` bounds one request, and so the life of a WebSocket; the cloud's limit is 3600.

    `session_affinity` sends a client back to the instance that it spoke to last.
    """

    port: Input[int] = 8080
    min_instances: Input[int] = 0
    max_instances: Input[int] = 10
    concurrency: Input[int] = 80
    timeout_s: int = 300
    session_affinity: bool = False
    health_path: Input[str] = "/healthz"


class Service(pulumi.ComponentResource):
    """One HTTP service, reachable through a load balancer and from inside its network only.

    It holds no data, so nothing guards it against replacement. The platform checks no caller: whoever passes the load
    balancer is authenticated by the service itself, which a grant to everybody could not do better.
    """

    service_name: Output[str]
    url: Output[str]

    def __init__(self, name: str, args: ServiceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:service:Service", name, None, opts)
        service = gcp.cloudrunv2.Service(
            f"{name}-service",
            project=args.project,
            location=args.region,
            name=args.name,
            ingress="INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",  # CKV_GCP_102
            invoker_iam_disabled=True,
            template=_template(args),
            deletion_protection=False,
            labels=args.labels,
            opts=child(self),
        )
        self.service_name = service.name
        self.url = service.uri
        self.register_outputs({"serviceName": self.service_name, "url": self.url})


def _template(args: ServiceArgs) -> gcp.cloudrunv2.ServiceTemplateArgs:
    return gcp.cloudrunv2.ServiceTemplateArgs(
        service_account=args.account_email,
        timeout=f"{args.timeout_s}s",
        session_affinity=args.session_affinity,
        max_instance_request_concurrency=args.concurrency,
        execution_environment="EXECUTION_ENVIRONMENT_GEN2",
        labels=args.labels,
        scaling=gcp.cloudrunv2.ServiceTemplateScalingArgs(
            min_instance_count=args.min_instances, max_instance_count=args.max_instances
        ),
        vpc_access=gcp.cloudrunv2.ServiceTemplateVpcAccessArgs(
            egress="ALL_TRAFFIC",
            network_interfaces=[
                gcp.cloudrunv2.ServiceTemplateVpcAccessNetworkInterfaceArgs(
                    network=args.network_id, subnetwork=args.subnet_id
                )
            ],
        ),
        containers=[_container(args)],
    )


def _container(args: ServiceArgs) -> gcp.cloudrunv2.ServiceTemplateContainerArgs:
    return gcp.cloudrunv2.ServiceTemplateContainerArgs(
        image=args.image,
        ports=gcp.cloudrunv2.ServiceTemplateContainerPortsArgs(container_port=args.port),
        resources=gcp.cloudrunv2.ServiceTemplateContainerResourcesArgs(
            limits=args.limits,
            cpu_idle=False,  # work goes on between requests: WebSockets, caches
            startup_cpu_boost=True,
        ),
        envs=environment(
            args,
            gcp.cloudrunv2.ServiceTemplateContainerEnvArgs,
            gcp.cloudrunv2.ServiceTemplateContainerEnvValueSourceArgs,
            gcp.cloudrunv2.ServiceTemplateContainerEnvValueSourceSecretKeyRefArgs,
        ),
        startup_probe=gcp.cloudrunv2.ServiceTemplateContainerStartupProbeArgs(
            http_get=gcp.cloudrunv2.ServiceTemplateContainerStartupProbeHttpGetArgs(path=args.health_path),
            # 240 s, the most that Cloud Run takes: with direct VPC egress the first connections of an instance may wait
            # for a minute or more. https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#limitations
            period_seconds=5,
            failure_threshold=48,
        ),
        liveness_probe=gcp.cloudrunv2.ServiceTemplateContainerLivenessProbeArgs(
            http_get=gcp.cloudrunv2.ServiceTemplateContainerLivenessProbeHttpGetArgs(path=args.health_path),
            period_seconds=30,
            failure_threshold=3,
        ),
    )
