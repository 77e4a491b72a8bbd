"""Long-running HTTP workloads on Cloud Run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child


@dataclass(frozen=True, kw_only=True)
class SecretEnv:
    """An environment variable whose value is a version of a secret, read when an instance starts."""

    secret_id: Input[str]
    version: Input[str]


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """`env` and `secret_env` map a variable's name to what it holds; a name is in one of them only.

    `timeout_s` bounds one request, and so the life of a WebSocket. `session_affinity` sends a client back to the
    instance that it spoke to last.
    """

    project: Input[str]
    region: Input[str]
    name: Input[str]
    image: Input[str]
    account_email: Input[str]
    network_id: Input[str]
    subnet_id: Input[str]
    port: Input[int] = 8080
    cpu: Input[str] = "1"
    memory: Input[str] = "512Mi"
    min_instances: Input[int] = 0
    max_instances: Input[int] = 10
    concurrency: Input[int] = 80
    timeout_s: int = 300
    session_affinity: bool = False
    health_path: Input[str] = "/healthz"
    env: Mapping[str, Input[str]] = field(default_factory=dict)
    secret_env: Mapping[str, SecretEnv] = field(default_factory=dict)
    protected: bool = True
    labels: Labels = field(default_factory=dict)


class Service(pulumi.ComponentResource):
    """One HTTP service, reachable through the region's load balancer and from inside its network only.

    Holds no data. Does not manage who may call it: requests are authenticated by the service itself.
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
            template=_template(args),
            deletion_protection=args.protected,
            labels=args.labels,
            opts=child(self),
        )
        self.service_name = service.name
        self.url = service.uri
        self.register_outputs({"serviceName": self.service_name, "url": self.url})


def _template(args: ServiceArgs) -> gcp.cloudrunv2.ServiceTemplateArgs:
    return gcp.cloudrunv2.ServiceTemplateArgs(
        service_account=args.account_email,  # CKV_GCP_46
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
            limits={"cpu": args.cpu, "memory": args.memory}, cpu_idle=False, startup_cpu_boost=True
        ),
        envs=[*_plain_envs(args.env), *_secret_envs(args.secret_env)],
        startup_probe=gcp.cloudrunv2.ServiceTemplateContainerStartupProbeArgs(
            http_get=gcp.cloudrunv2.ServiceTemplateContainerStartupProbeHttpGetArgs(path=args.health_path),
            period_seconds=5,
            failure_threshold=12,
        ),
    )


def _plain_envs(env: Mapping[str, Input[str]]) -> list[gcp.cloudrunv2.ServiceTemplateContainerEnvArgs]:
    return [gcp.cloudrunv2.ServiceTemplateContainerEnvArgs(name=name, value=env[name]) for name in sorted(env)]


def _secret_envs(env: Mapping[str, SecretEnv]) -> list[gcp.cloudrunv2.ServiceTemplateContainerEnvArgs]:
    return [
        gcp.cloudrunv2.ServiceTemplateContainerEnvArgs(
            name=name,
            value_source=gcp.cloudrunv2.ServiceTemplateContainerEnvValueSourceArgs(
                secret_key_ref=gcp.cloudrunv2.ServiceTemplateContainerEnvValueSourceSecretKeyRefArgs(
                    secret=env[name].secret_id, version=env[name].version
                )
            ),
        )
        for name in sorted(env)
    ]
