"""A region's secrets, as Secret Manager keeps them for its workloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child, ready

READ = "roles/secretmanager.secretAccessor"


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """`value` stays secret; a new one is due every `rotation_days`.

    `accessors` maps a stable key to an IAM member that may read the value: the workloads that need it.
    """

    secret_id: Input[str]
    value: Input[str]
    rotation_days: int = 90
    accessors: Mapping[str, Input[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """`secrets` maps a stable key to a secret.

    `rotation_topic_id` is told when a secret is due; Secret Manager's agent must be allowed to publish to it.
    `first_rotation` (RFC 3339, in the future) is when a new secret is due first; it says nothing to those that exist.
    """

    project: Input[str]
    region: Input[str]
    key_id: Input[str]
    rotation_topic_id: Input[str]
    first_rotation: Input[str]
    secrets: Mapping[str, SecretArgs]
    labels: Labels = field(default_factory=dict)


class Secrets(pulumi.ComponentResource):
    """One secret a key with its current version, replicated in the region only and under the region's key.

    `versions[key]` is the version's number and implies readiness: it waits for the grants of its readers. A new value
    makes a new version and with it a new revision of every workload that names the version; the old one is destroyed
    after that. Does not make values: those come in as secret inputs.
    Does not rotate either: a value is changed by whoever is told that it is due.
    """

    secret_ids: Mapping[str, Output[str]]
    versions: Mapping[str, Output[str]]

    def __init__(self, name: str, args: SecretsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:secrets:Secrets", name, None, opts)
        secrets = {key: self._make_secret(name, key, args) for key in args.secrets}
        self.secret_ids = {key: secret.secret_id for key, secret in secrets.items()}
        self.versions = {
            key: self._make_version(name, key, secret, args.secrets[key]) for key, secret in secrets.items()
        }
        self.register_outputs({"secretIds": dict(self.secret_ids), "versions": dict(self.versions)})

    def _make_secret(self, name: str, key: str, args: SecretsArgs) -> gcp.secretmanager.Secret:
        replica = gcp.secretmanager.SecretReplicationUserManagedReplicaArgs(
            location=args.region,
            customer_managed_encryption=gcp.secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs(
                kms_key_name=args.key_id
            ),
        )
        return gcp.secretmanager.Secret(
            f"{name}-{key}",
            project=args.project,
            secret_id=args.secrets[key].secret_id,
            replication=gcp.secretmanager.SecretReplicationArgs(
                user_managed=gcp.secretmanager.SecretReplicationUserManagedArgs(replicas=[replica])
            ),
            topics=[gcp.secretmanager.SecretTopicArgs(name=args.rotation_topic_id)],
            rotation=gcp.secretmanager.SecretRotationArgs(
                rotation_period=f"{args.secrets[key].rotation_days * 24 * 60 * 60}s",
                next_rotation_time=args.first_rotation,
            ),
            labels=args.labels,
            # Secret Manager moves it on by itself, at every rotation.
            opts=child(self, ignore=["rotation.nextRotationTime"]),
        )

    def _make_version(self, name: str, key: str, secret: gcp.secretmanager.Secret, args: SecretArgs) -> Output[str]:
        version = gcp.secretmanager.SecretVersion(
            f"{name}-{key}-version",
            secret=secret.id,
            secret_data=Output.secret(args.value),
            opts=child(self),
        )
        grants = [
            gcp.secretmanager.SecretIamMember(
                f"{name}-{key}-{accessor_key}",
                project=secret.project,
                secret_id=secret.secret_id,
                role=READ,
                member=member,
                opts=child(self),
            )
            for accessor_key, member in args.accessors.items()
        ]
        return ready(version.version, *grants)
