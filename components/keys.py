"""The customer-managed keys of a region (CMEK): one key ring, one key for each kind of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child, ready

ENCRYPT_AND_DECRYPT = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


@dataclass(frozen=True, kw_only=True)
class KeyArgs:
    """One key. `members` maps a stable key to an IAM member that may encrypt and decrypt with it."""

    name: Input[str]
    members: Mapping[str, Input[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """`keys` maps a stable key to a crypto key. `protected` guards the keys against replacement and removal."""

    project: Input[str]
    location: Input[str]
    ring_name: Input[str]
    keys: Mapping[str, KeyArgs]
    rotation_days: int = 90  # CKV_GCP_43, CIS 1.10: 90 days or less
    protected: bool = True
    labels: Labels = field(default_factory=dict)


class Keys(pulumi.ComponentResource):
    """A key ring and its keys, each with the grants that its users need.

    `key_ids[key]` implies readiness: who uses it waits until every grant on that key exists. Neither a ring nor a key
    can ever be deleted or named again in the cloud, so both names should carry a generation. Does not manage who may
    administer the keys: that is the organisation's matter, and a region's own identities must not hold it.
    """

    ring_id: Output[str]
    key_ids: Mapping[str, Output[str]]

    def __init__(self, name: str, args: KeysArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:keys:Keys", name, None, opts)
        ring = gcp.kms.KeyRing(
            f"{name}-ring",
            project=args.project,
            location=args.location,
            name=args.ring_name,
            opts=child(self, protect=args.protected),
        )
        self.ring_id = ring.id
        self.key_ids = {key: self._make_key(name, key, ring, args) for key in args.keys}
        self.register_outputs({"ringId": self.ring_id, "keyIds": dict(self.key_ids)})

    def _make_key(self, name: str, key: str, ring: gcp.kms.KeyRing, args: KeysArgs) -> Output[str]:
        crypto_key = gcp.kms.CryptoKey(
            f"{name}-{key}",
            key_ring=ring.id,
            name=args.keys[key].name,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{args.rotation_days * 24 * 60 * 60}s",
            destroy_scheduled_duration=f"{30 * 24 * 60 * 60}s",
            labels=args.labels,
            opts=child(self, protect=args.protected),  # CKV_GCP_82
        )
        grants = [
            gcp.kms.CryptoKeyIAMMember(
                f"{name}-{key}-{member_key}",
                crypto_key_id=crypto_key.id,
                role=ENCRYPT_AND_DECRYPT,  # CKV_GCP_112: to one named agent, never to all users
                member=member,
                opts=child(self),
            )
            for member_key, member in args.keys[key].members.items()
        ]
        return ready(crypto_key.id, *grants)
