"""A region's PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child, ready

# What Checkov and the CIS benchmark ask of a PostgreSQL instance's flags, and what lets service accounts log in.
BASELINE_FLAGS: Mapping[str, str] = {
    "cloudsql.iam_authentication": "on",
    "cloudsql.enable_pgaudit": "on",  # CKV_GCP_110, CIS 6.2.8
    "log_checkpoints": "on",  # CKV_GCP_51
    "log_connections": "on",  # CKV_GCP_52, CIS 6.2.2
    "log_disconnections": "on",  # CKV_GCP_53, CIS 6.2.3
    "log_hostname": "on",  # CKV_GCP_108
    "log_lock_waits": "on",  # CKV_GCP_54
    "log_min_duration_statement": "-1",  # CKV_GCP_57, CIS 6.2.7
    "log_min_error_statement": "error",  # CKV_GCP_109, CIS 6.2.6
    "log_min_messages": "warning",  # CKV_GCP_55, CIS 6.2.5
    "log_statement": "ddl",  # CKV_GCP_111, CIS 6.2.4
    "log_temp_files": "0",  # CKV_GCP_56
}


@dataclass(frozen=True, kw_only=True)
class DatabaseUserArgs:
    """A built-in PostgreSQL user. `password` stays secret."""

    name: Input[str]
    password: Input[str]


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """`disk_gb` may grow and never shrink (a smaller one replaces the instance).

    `flags` are added to the baseline's and win over them. `databases` and `users` map a stable key to each, `accounts`
    to the email of a service account that logs in as itself, without a password.
    `private_network` must already reach Google's service producers (`Network.services_network_id` does).
    """

    project: Input[str]
    region: Input[str]
    name: Input[str]
    version: Input[str] = "POSTGRES_18"  # CKV_GCP_79: a current major version
    edition: Input[str] = "ENTERPRISE"
    tier: Input[str]
    availability_type: Input[str] = "REGIONAL"  # or ZONAL: no standby in another zone
    disk_gb: Input[int] = 10
    private_network: Input[str]
    key_id: Input[str]
    databases: Mapping[str, Input[str]]
    users: Mapping[str, DatabaseUserArgs] = field(default_factory=dict)
    accounts: Mapping[str, Input[str]] = field(default_factory=dict)
    flags: Mapping[str, Input[str]] = field(default_factory=dict)
    backup_location: Input[str] | None = None  # a region or a multi-region; without it, `region`
    backup_start_utc: Input[str] = "02:00"
    backups_kept: Input[int] = 14
    transaction_log_days: Input[int] = 7
    maintenance_day: Input[int] = 7  # 1 is Monday
    maintenance_hour_utc: Input[int] = 3
    protected: bool = True
    labels: Labels = field(default_factory=dict)


class Database(pulumi.ComponentResource):
    """Private PostgreSQL in one region: no public address, TLS, CMEK, backups in the region unless told otherwise.

    Does not manage roles, grants and schemas inside the databases: the migration job does, as the one user given here,
    so that a release and its schema change together. Does not hold a read replica in another region, which would take
    the data out of its jurisdiction.

    `ca_certificates` are PEM: what a client checks the server's certificate with (`verify-ca`: the instance's own
    authority signs nothing else). https://cloud.google.com/sql/docs/postgres/configure-ssl-instance
    """

    instance_name: Output[str]
    connection_name: Output[str]
    private_ip: Output[str]
    ca_certificates: Output[str]
    database_names: Mapping[str, Output[str]]

    def __init__(self, name: str, args: DatabaseArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:database:Database", name, None, opts)
        instance = gcp.sql.DatabaseInstance(
            f"{name}-instance",
            project=args.project,
            region=args.region,
            name=args.name,
            database_version=args.version,
            encryption_key_name=args.key_id,
            deletion_protection=args.protected,
            settings=_settings(args),
            opts=child(self, protect=args.protected),
        )
        databases = {
            key: gcp.sql.Database(
                f"{name}-{key}",
                project=args.project,
                instance=instance.name,
                name=database,
                charset="UTF8",
                opts=child(self, protect=args.protected),
            )
            for key, database in args.databases.items()
        }
        users = self._make_users(name, instance, args)
        self.instance_name = ready(instance.name, *users)
        self.connection_name = ready(instance.connection_name, *users)
        self.private_ip = ready(instance.private_ip_address, *users)
        # The provider calls it a secret, for the private keys that stand beside such certificates elsewhere.
        self.ca_certificates = Output.unsecret(instance.server_ca_certs).apply(
            lambda certs: "\n".join(str(c.cert) for c in certs)
        )
        self.database_names = {key: database.name for key, database in databases.items()}
        self.register_outputs(
            {
                "instanceName": self.instance_name,
                "connectionName": self.connection_name,
                "privateIp": self.private_ip,
                "caCertificates": self.ca_certificates,
                "databaseNames": dict(self.database_names),
            }
        )

    def _make_users(self, name: str, instance: gcp.sql.DatabaseInstance, args: DatabaseArgs) -> Sequence[gcp.sql.User]:
        users = [
            gcp.sql.User(
                f"{name}-user-{key}",
                project=args.project,
                instance=instance.name,
                name=user.name,
                type="BUILT_IN",
                password=Output.secret(user.password),
                # PostgreSQL refuses to drop a user that owns objects; the user goes with its instance.
                deletion_policy="ABANDON",
                opts=child(self),
            )
            for key, user in args.users.items()
        ]
        accounts = [
            gcp.sql.User(
                f"{name}-account-{key}",
                project=args.project,
                instance=instance.name,
                name=iam_user(email),
                type="CLOUD_IAM_SERVICE_ACCOUNT",
                deletion_policy="ABANDON",
                opts=child(self),
            )
            for key, email in args.accounts.items()
        ]
        return [*users, *accounts]


def iam_user(email: Input[str]) -> Output[str]:
    """What PostgreSQL calls a service account. https://cloud.google.com/sql/docs/postgres/iam-logins"""
    return Output.from_input(email).apply(lambda text: text.removesuffix(".gserviceaccount.com"))


def _settings(args: DatabaseArgs) -> gcp.sql.DatabaseInstanceSettingsArgs:
    return gcp.sql.DatabaseInstanceSettingsArgs(
        tier=args.tier,
        edition=args.edition,
        availability_type=args.availability_type,
        disk_type="PD_SSD",
        disk_size=args.disk_gb,
        # A disk that grew by itself would be shrunk again by the size declared here, which replaces the instance; so
        # the size is declared, and an alert tells when it is time to grow it.
        disk_autoresize=False,
        deletion_protection_enabled=args.protected,
        user_labels=args.labels,
        database_flags=[
            gcp.sql.DatabaseInstanceSettingsDatabaseFlagArgs(name=flag, value=value)
            for flag, value in sorted({**BASELINE_FLAGS, **args.flags}.items())
        ],
        ip_configuration=gcp.sql.DatabaseInstanceSettingsIpConfigurationArgs(
            ipv4_enabled=False,  # CKV_GCP_60, CKV_GCP_11, CIS 6.6
            private_network=args.private_network,
            ssl_mode="ENCRYPTED_ONLY",  # CKV_GCP_6, CIS 6.4
            enable_private_path_for_google_cloud_services=False,
        ),
        # CKV_GCP_14, CIS 6.7
        backup_configuration=gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgs(
            enabled=True,
            # Left out, backups go to the nearest multi-region, out of the jurisdiction's control.
            location=args.region if args.backup_location is None else args.backup_location,
            start_time=args.backup_start_utc,
            point_in_time_recovery_enabled=True,
            transaction_log_retention_days=args.transaction_log_days,
            backup_retention_settings=gcp.sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
                retained_backups=args.backups_kept, retention_unit="COUNT"
            ),
        ),
        maintenance_window=gcp.sql.DatabaseInstanceSettingsMaintenanceWindowArgs(
            day=args.maintenance_day, hour=args.maintenance_hour_utc, update_track="stable"
        ),
        insights_config=gcp.sql.DatabaseInstanceSettingsInsightsConfigArgs(
            query_insights_enabled=True,
            record_application_tags=True,
            record_client_address=False,  # an address of a person is nothing that a query plan needs
        ),
        password_validation_policy=gcp.sql.DatabaseInstanceSettingsPasswordValidationPolicyArgs(
            enable_password_policy=True,
            min_length=20,  # long and random; a rule about kinds of characters refuses some random passwords
            disallow_username_substring=True,
        ),
    )
