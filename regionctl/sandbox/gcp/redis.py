"""Memorystore for Redis."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, constant, secret, timestamp
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.compute.network import in_network
from regionctl.sandbox.gcp.kms import encrypted_with

INSTANCE: Final = "gcp:redis/instance:Instance"
_VERSION: Final = re.compile(r"REDIS_(\d+)_(\d+)")


def _version_goes_down(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """There is no way back to an older version: `isRedisVersionDecreasing`, which passes over `REDIS_6_X`."""
    before, after = (_VERSION.fullmatch(str(inputs.get("redisVersion"))) for inputs in (old, new))
    if before and after and [int(part) for part in after.groups()] < [int(part) for part in before.groups()]:
        yield "redisVersion"


def _host(call: Call) -> str:
    """An address of 10.0.0.0/8, where private service access hands out its ranges."""
    return str(ipaddress.ip_address((10 << 24) + 2 + int(call.digest("host"), 16) % (2**24 - 4)))


def _port(call: Call) -> int:
    # https://cloud.google.com/memorystore/docs/redis/in-transit-encryption: 6378 with TLS, else 6379.
    return 6378 if call.inputs.get("transitEncryptionMode") == "SERVER_AUTHENTICATION" else 6379


def _auth_string(call: Call) -> str:
    if not call.inputs.get("authEnabled"):
        return ""
    return str(secret("auth")(call))


def _certificates(call: Call) -> list[Value]:
    if call.inputs.get("transitEncryptionMode") != "SERVER_AUTHENTICATION":
        return []
    return [
        {
            "cert": f"-----BEGIN CERTIFICATE-----\n{call.digest('ca')}\n-----END CERTIFICATE-----\n",
            "serialNumber": call.digits("serial", 10),
            "sha1Fingerprint": call.digest("fingerprint")[:40],
            "createTime": timestamp(call.now_s),
            "expireTime": timestamp(call.now_s + 10 * 365 * 86_400),
        }
    ]


EMULATIONS: Final = (
    Emulation(
        token=INSTANCE,
        title="Instance",
        words=ONE_PLATFORM,
        formats={"name": formats.REDIS_INSTANCE},
        references=(in_network("authorizedNetwork"), encrypted_with("customerManagedKey", "cloud-redis")),
        decisions=(_version_goes_down,),
        secret=frozenset({"authString"}),
        returns_secrets=True,  # projects.locations.instances.getAuthString
        outputs={
            "host": _host,
            "port": _port,
            "authString": _auth_string,
            "serverCaCerts": _certificates,
            "createTime": lambda call: timestamp(call.now_s),
            "currentLocationId": "{region}-b",
            "locationId": "{region}-b",
            "alternativeLocationId": lambda call: (
                call.fill("{region}-c") if call.inputs.get("tier") == "STANDARD_HA" else ""
            ),
            "persistenceIamIdentity": "serviceAccount:service-{number}@cloud-redis.iam.gserviceaccount.com",
            "effectiveReservedIpRange": lambda call: f"{_host(call)}/29",
            "readEndpoint": constant(""),
            "readEndpointPort": constant(0),
            "readReplicasMode": constant("READ_REPLICAS_DISABLED"),
            "replicaCount": lambda call: 1 if call.inputs.get("tier") == "STANDARD_HA" else 0,
            "nodes": constant([]),
            "maintenanceSchedules": constant([]),
            "maintenanceVersion": constant(""),
            "redisVersion": constant("REDIS_7_2"),
        },
    ),
)
