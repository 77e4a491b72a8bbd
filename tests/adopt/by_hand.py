"""A region as somebody made it by hand: no component of ours, other logical names, names of its own, and some drift.

It runs in a project and a stack of its own; what counts is what it leaves in the emulated cloud. Run it with
`python -m tests.adopt.by_hand FLEET-FOLDER`, or from a test with `make`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pulumi
import pulumi_gcp as gcp
from pulumi import Output, ResourceOptions

from regionctl.engine import Engine, Plan, Workspace
from regionctl.model.program import SecretKind, SecretSlot, StackProgram, Target

PROJECT = "acme-production"
REGION = "us-east1"
LABELS = {"team": "platform"}
DIGEST = "sha256:" + "7" * 64
AGENTS = {"cache": "redis", "database": "sqladmin", "images": "artifactregistry", "messages": "pubsub"}
KEYS = {**AGENTS, "secrets": "secretmanager"}
APIS = ("compute", "run", "sqladmin", "redis", "pubsub", "secretmanager", "cloudkms", "iam", "storage")


def make(folder: Path) -> Plan:
    """Makes the region in the emulated clouds of the fleet `prod` whose state lies in `folder`."""
    program = StackProgram(
        project="regionctl",
        name="prod.by-hand",
        fleet="prod",
        region=None,
        target=Target.SANDBOX,
        run=region,
        config={"gcp:project": PROJECT, "gcp:region": REGION},
        secrets={"session": SecretSlot(kind=SecretKind.GENERATED), "password": SecretSlot(kind=SecretKind.GENERATED)},
    )
    clouds = Engine(workspace=Workspace.at(folder, str(folder)))
    with clouds.attached(program) as served:
        own = folder.with_name(f"{folder.name}-by-hand")
        engine = Engine(workspace=Workspace.at(own, str(own)), providers=served.providers)
        result = engine.apply([program])[program.name]
    if not isinstance(result, Plan):
        raise result
    if result.error:
        raise result.error
    return result


def region() -> None:
    """The program: flat, as scripts of consoles are."""
    on = [gcp.projects.Service(f"api-{api}", service=f"{api}.googleapis.com") for api in APIS]
    vpc = gcp.compute.Network(
        "vpc",
        name="prod-vpc",
        auto_create_subnetworks=False,
        routing_mode="REGIONAL",
        opts=ResourceOptions(depends_on=on),
    )
    subnet = _network(vpc)
    peering = _services(vpc)
    keys = _keys()
    password = pulumi.Config().require_secret("password")
    instance = _database(vpc, keys["database"], peering, password)
    cache = _cache(vpc, keys["cache"], peering)
    secrets = _secrets(keys["secrets"], {"session-key": pulumi.Config().require_secret("session"), "db-pass": password})
    bucket = gcp.storage.Bucket(
        "files",
        name="acme-user-files",
        location=REGION.upper(),
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        versioning=gcp.storage.BucketVersioningArgs(enabled=True),
        lifecycle_rules=[
            gcp.storage.BucketLifecycleRuleArgs(
                action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
                condition=gcp.storage.BucketLifecycleRuleConditionArgs(
                    days_since_noncurrent_time=14, with_state="ARCHIVED"
                ),
            )
        ],
        labels=LABELS,
    )
    for key in ("api", "sync", "background"):
        _workload(key, subnet, vpc, instance, cache, secrets["session-key"], bucket)
    gcp.pubsub.Topic("jobs", name="legacy-jobs", labels=LABELS)


def _network(vpc: gcp.compute.Network) -> gcp.compute.Subnetwork:
    subnet = gcp.compute.Subnetwork(
        "app-subnet",
        name="prod-app",
        region=REGION,
        network=vpc.id,
        ip_cidr_range="10.1.0.0/17",
        private_ip_google_access=True,
        log_config=gcp.compute.SubnetworkLogConfigArgs(
            aggregation_interval="INTERVAL_5_SEC", flow_sampling=0.5, metadata="INCLUDE_ALL_METADATA"
        ),
    )
    gcp.compute.Subnetwork(
        "lb-subnet",
        name="prod-proxy-only",
        region=REGION,
        network=vpc.id,
        ip_cidr_range="10.1.192.0/22",
        purpose="REGIONAL_MANAGED_PROXY",
        role="ACTIVE",
    )
    router = gcp.compute.Router("router", name="prod-router", region=REGION, network=vpc.id)
    gcp.compute.RouterNat(
        "nat",
        name="prod-nat",
        region=REGION,
        router=router.name,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
        log_config=gcp.compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
    )
    return subnet


def _services(vpc: gcp.compute.Network) -> gcp.servicenetworking.Connection:
    addresses = gcp.compute.GlobalAddress(
        "psa",
        name="google-managed-services-prod-vpc",
        network=vpc.id,
        purpose="VPC_PEERING",
        address_type="INTERNAL",
        address="10.1.128.0",
        prefix_length=18,
    )
    return gcp.servicenetworking.Connection(
        "psa-connection",
        network=vpc.id,
        service="servicenetworking.googleapis.com",
        reserved_peering_ranges=[addresses.name],
        deletion_policy="ABANDON",
    )


def _keys() -> dict[str, Output[str]]:
    """A key for each kind of data, once Google's agent may use it."""
    ring = gcp.kms.KeyRing("ring", name="production", location=REGION)
    usable = {}
    for key, service in KEYS.items():
        crypto_key = gcp.kms.CryptoKey(
            f"key-{key}",
            name=f"prod-{key}",
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period="7776000s",
            destroy_scheduled_duration="2592000s",
        )
        agent = gcp.projects.ServiceIdentity(f"agent-{key}", service=f"{service}.googleapis.com")
        grant = gcp.kms.CryptoKeyIAMMember(
            f"grant-{key}",
            crypto_key_id=crypto_key.id,
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member=agent.member,
        )
        usable[key] = Output.all(crypto_key.id, grant.id).apply(lambda ids: ids[0])
    return usable


def _database(
    vpc: gcp.compute.Network, key: Output[str], peering: gcp.servicenetworking.Connection, password: Output[str]
) -> gcp.sql.DatabaseInstance:
    """Made in the console: a flag of its own, fewer backups than the fleet keeps, no query insights."""
    instance = gcp.sql.DatabaseInstance(
        "postgres",
        name="production-db",
        region=REGION,
        database_version="POSTGRES_16",
        encryption_key_name=key,
        deletion_protection=True,
        settings=gcp.sql.DatabaseInstanceSettingsArgs(
            tier="db-custom-8-32768",
            edition="ENTERPRISE",
            availability_type="REGIONAL",
            disk_type="PD_SSD",
            disk_size=500,
            disk_autoresize=False,
            deletion_protection_enabled=True,
            user_labels=LABELS,
            database_flags=[
                gcp.sql.DatabaseInstanceSettingsDatabaseFlagArgs(name="cloudsql.iam_authentication", value="on"),
                gcp.sql.DatabaseInstanceSettingsDatabaseFlagArgs(name="max_connections", value="800"),
            ],
            ip_configuration=gcp.sql.DatabaseInstanceSettingsIpConfigurationArgs(
                ipv4_enabled=False, private_network=vpc.id, ssl_mode="ENCRYPTED_ONLY"
            ),
            backup_configuration=gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs(
                enabled=True,
                location=REGION,
                start_time="02:00",
                point_in_time_recovery_enabled=True,
                transaction_log_retention_days=7,
                backup_retention_settings=gcp.sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
                    retained_backups=14, retention_unit="COUNT"
                ),
            ),
            maintenance_window=gcp.sql.DatabaseInstanceSettingsMaintenanceWindowArgs(
                day=7, hour=3, update_track="stable"
            ),
        ),
        opts=ResourceOptions(depends_on=[peering]),
    )
    gcp.sql.Database("product", name="product", instance=instance.name, charset="UTF8")
    gcp.sql.User("migrate", name="migrate", instance=instance.name, type="BUILT_IN", password=password)
    return instance


def _cache(vpc: gcp.compute.Network, key: Output[str], peering: gcp.servicenetworking.Connection) -> gcp.redis.Instance:
    return gcp.redis.Instance(
        "redis",
        name="production-cache",
        region=REGION,
        tier="STANDARD_HA",
        memory_size_gb=8,
        redis_version="REDIS_7_0",
        authorized_network=vpc.id,
        connect_mode="PRIVATE_SERVICE_ACCESS",
        reserved_ip_range="google-managed-services-prod-vpc",
        auth_enabled=True,
        transit_encryption_mode="SERVER_AUTHENTICATION",
        customer_managed_key=key,
        labels=LABELS,
        opts=ResourceOptions(depends_on=[peering]),
    )


def _secrets(key: Output[str], values: dict[str, Output[str]]) -> dict[str, gcp.secretmanager.Secret]:
    made = {}
    for name, value in values.items():
        made[name] = gcp.secretmanager.Secret(
            f"secret-{name}",
            secret_id=name,
            replication=gcp.secretmanager.SecretReplicationArgs(
                user_managed=gcp.secretmanager.SecretReplicationUserManagedArgs(
                    replicas=[
                        gcp.secretmanager.SecretReplicationUserManagedReplicaArgs(
                            location=REGION,
                            customer_managed_encryption=gcp.secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs(
                                kms_key_name=key
                            ),
                        )
                    ]
                )
            ),
            labels=LABELS,
        )
        gcp.secretmanager.SecretVersion(f"secret-{name}-1", secret=made[name].id, secret_data=value)
    return made


def _workload(  # noqa: PLR0917
    key: str,
    subnet: gcp.compute.Subnetwork,
    vpc: gcp.compute.Network,
    instance: gcp.sql.DatabaseInstance,
    cache: gcp.redis.Instance,
    session: gcp.secretmanager.Secret,
    bucket: gcp.storage.Bucket,
) -> None:
    account = gcp.serviceaccount.Account(f"{key}-account", account_id=f"prod-{key}", display_name=key)
    for role in ("cloudsql.client", "cloudsql.instanceUser", "monitoring.metricWriter"):
        gcp.projects.IAMMember(f"{key}-{role}", project=PROJECT, role=f"roles/{role}", member=account.member)
    grant = gcp.secretmanager.SecretIamMember(
        f"{key}-session",
        secret_id=session.secret_id,
        role="roles/secretmanager.secretAccessor",
        member=account.member,
    )
    gcp.storage.BucketIAMMember(
        f"{key}-files", bucket=bucket.name, role="roles/storage.objectUser", member=account.member
    )
    image = f"{REGION}-docker.pkg.dev/{PROJECT}/images/{key}@{DIGEST}"
    after = ResourceOptions(depends_on=[grant])
    if key == "background":
        gcp.cloudrunv2.WorkerPool(
            key,
            name="prod-background",
            location=REGION,
            scaling=gcp.cloudrunv2.WorkerPoolScalingArgs(manual_instance_count=6),
            template=gcp.cloudrunv2.WorkerPoolTemplateArgs(
                service_account=account.email,
                containers=[
                    gcp.cloudrunv2.WorkerPoolTemplateContainerArgs(
                        image=image,
                        resources=gcp.cloudrunv2.WorkerPoolTemplateContainerResourcesArgs(
                            limits={"cpu": "1", "memory": "1Gi"}
                        ),
                    )
                ],
                vpc_access=gcp.cloudrunv2.WorkerPoolTemplateVpcAccessArgs(
                    egress="ALL_TRAFFIC",
                    network_interfaces=[
                        gcp.cloudrunv2.WorkerPoolTemplateVpcAccessNetworkInterfaceArgs(
                            network=vpc.id, subnetwork=subnet.id
                        )
                    ],
                ),
            ),
            labels=LABELS,
            opts=after,
        )
        return
    gcp.cloudrunv2.Service(
        key,
        name=f"prod-{key}",
        location=REGION,
        ingress="INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        deletion_protection=False,
        template=gcp.cloudrunv2.ServiceTemplateArgs(
            service_account=account.email,
            timeout="60s" if key == "api" else "3600s",
            max_instance_request_concurrency=100 if key == "api" else 500,
            scaling=gcp.cloudrunv2.ServiceTemplateScalingArgs(min_instance_count=3, max_instance_count=40),
            vpc_access=gcp.cloudrunv2.ServiceTemplateVpcAccessArgs(
                egress="ALL_TRAFFIC",
                network_interfaces=[
                    gcp.cloudrunv2.ServiceTemplateVpcAccessNetworkInterfaceArgs(network=vpc.id, subnetwork=subnet.id)
                ],
            ),
            containers=[
                gcp.cloudrunv2.ServiceTemplateContainerArgs(
                    image=image,
                    resources=gcp.cloudrunv2.ServiceTemplateContainerResourcesArgs(
                        limits={"cpu": "2", "memory": "2Gi"}
                    ),
                    envs=[
                        gcp.cloudrunv2.ServiceTemplateContainerEnvArgs(
                            name="DATABASE_HOST", value=instance.private_ip_address
                        ),
                        gcp.cloudrunv2.ServiceTemplateContainerEnvArgs(name="CACHE_HOST", value=cache.host),
                    ],
                )
            ],
        ),
        labels=LABELS,
        opts=after,
    )


if __name__ == "__main__":
    plan = make(Path(sys.argv[1]).resolve())
    sys.stdout.write(f"{plan.summary['create']} resources made by hand\n")
