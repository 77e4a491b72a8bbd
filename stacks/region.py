"""One region, whole: the specs and the stack's secrets in, components composed, outputs out."""

from __future__ import annotations

import pulumi

from components.database import Database, DatabaseArgs, DatabaseUserArgs
from components.identity import AccountArgs, Identity, IdentityArgs
from components.keys import KeyArgs, Keys, KeysArgs
from components.network import Network, NetworkArgs, ServicesRangeArgs, SubnetArgs
from components.secrets import SecretArgs, Secrets, SecretsArgs
from components.service import SecretEnv, Service, ServiceArgs
from components.storage import Storage, StorageArgs
from regions.addresses import carve
from regions.names import region_names
from regions.spec import FleetSpec, RegionSpec


def region(fleet: FleetSpec, spec: RegionSpec) -> None:
    """Declares the region's resources and exports its outputs. Reads the spec's secrets from the stack's config."""
    names = region_names(fleet, spec)
    config = pulumi.Config()
    labels = {"fleet": fleet.name, "region": spec.name}
    protected = spec.database.deletion_protection
    addresses = carve(spec.addresses)
    network = Network(
        "network",
        NetworkArgs(
            project=names.project,
            region=spec.location,
            name=names.network,
            subnets={"workloads": SubnetArgs(name=names.subnet("workloads"), cidr=str(addresses.workloads))},
            proxy_subnet=SubnetArgs(name=names.subnet("proxies"), cidr=str(addresses.proxy)),
            services_range=ServicesRangeArgs(
                name=names.service_range,
                address=str(addresses.services.network_address),
                prefix_length=addresses.services.prefixlen,
            ),
            router_name=names.router,
            nat_name=names.nat,
        ),
    )
    keys = Keys(
        "keys",
        KeysArgs(
            project=names.project,
            location=spec.location,
            ring_name=names.key_ring,
            keys={key: KeyArgs(name=names.crypto_key(key)) for key in ("database", "secrets", "storage")},
            labels=labels,
        ),
    )
    database = Database(
        "database",
        DatabaseArgs(
            project=names.project,
            region=spec.location,
            name=names.database_instance,
            version=f"POSTGRES_{spec.database.major_version}",
            edition=spec.database.edition,
            tier=spec.database.tier,
            availability_type=spec.database.availability.upper(),
            disk_gb=spec.database.disk_gb,
            private_network=network.services_network_id,
            key_id=keys.key_ids["database"],
            databases={"app": names.database},
            users={"migrate": DatabaseUserArgs(name="migrate", password=config.require_secret("database-password"))},
            flags=dict(spec.database.flags),
            backups_kept=spec.database.backups_kept,
            transaction_log_days=spec.database.pitr_days,
            protected=protected,
            labels=labels,
        ),
    )
    identity = Identity(
        "identity",
        IdentityArgs(
            project=names.project,
            accounts={"api": AccountArgs(account_id=names.service_account("api"), purpose="Runs the service api.")},
        ),
    )
    secrets = Secrets(
        "secrets",
        SecretsArgs(
            project=names.project,
            region=spec.location,
            key_id=keys.key_ids["secrets"],
            secrets={
                "session-key": SecretArgs(
                    secret_id=names.secret("session-key"),
                    value=config.require_secret("session-key"),
                    accessors={"api": identity.members["api"]},
                )
            },
            labels=labels,
        ),
    )
    uploads = Storage(
        "storage",
        StorageArgs(
            project=names.project,
            location=spec.location,
            name=names.bucket("uploads"),
            key_id=keys.key_ids["storage"],
            old_versions_days=spec.storage.buckets["uploads"].retention_days,
            labels=labels,
        ),
    )
    api = Service(
        "api",
        ServiceArgs(
            project=names.project,
            region=spec.location,
            name=names.service("api"),
            image=(f"{spec.location}-docker.pkg.dev/{names.project}/{names.repository}/api@{spec.release['api']}"),
            account_email=identity.emails["api"],
            network_id=network.network_id,
            subnet_id=network.subnet_ids["workloads"],
            timeout_s=spec.services["api"].timeout_s,
            secret_env={
                "SESSION_KEY": SecretEnv(
                    secret_id=secrets.secret_ids["session-key"], version=secrets.versions["session-key"]
                )
            },
            labels=labels,
        ),
    )
    pulumi.export("api_url", api.url)
    pulumi.export("database_connection_name", database.connection_name)
    pulumi.export("bucket_names", {"uploads": uploads.bucket_name})
