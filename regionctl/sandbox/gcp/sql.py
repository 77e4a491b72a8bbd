"""Cloud SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.path import parse, show
from regionctl.model.values import value_at
from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure
from regionctl.sandbox.emulation import DAY_S, Call, Emulation, OnDelete, Reference, constant, number, secret, timestamp
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.compute.automatic import NETWORK
from regionctl.sandbox.gcp.kms import encrypted_with
from regionctl.sandbox.gcp.naming import external_address
from regionctl.sandbox.gcp.servicenetworking import peered_address

INSTANCE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
_PRIVATE_NETWORK: Final = "settings.ipConfiguration.privateNetwork"
_API: Final = "https://sqladmin.googleapis.com/sql/v1beta4/"

_WORDS: Final = ONE_PLATFORM.but(
    exists="The Cloud SQL instance already exists.",
    exists_reason="instanceAlreadyExists",
    # https://cloud.google.com/sql/docs/postgres/delete-instance: the name is free again after a week.
    buried="The Cloud SQL instance already exists. When you delete an instance, you can't reuse the name of the deleted"
    " instance until one week from the deletion date.",
    buried_reason="instanceAlreadyExists",
    missing="The {target_title} '{target}' does not exist.",
    missing_reason="instanceDoesNotExist",
)


def _restores_any_time(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """`pitrSupportDbCustomizeDiff`: MySQL has binary logs for that."""
    path = ("settings", "backupConfiguration", "pointInTimeRecoveryEnabled")
    version = inputs.get("databaseVersion")
    named = isinstance(version, str) and ("POSTGRES" in version or "SQLSERVER" in version)
    if value_at(inputs, path) is True and isinstance(version, str) and not named:
        yield CheckFailure(show(path), "only PostgreSQL and SQL Server have it: give binaryLogEnabled for MySQL")


def _disk_shrinks(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """A disk that does not grow by itself may grow in place only: `diskSizeCutomizeDiff`."""
    if _is_smaller(old, new) and not _resizes_itself(new):
        yield "settings.diskSize"


def _disk_has_grown(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """A disk that grows by itself is larger than it was asked to be: `diskSizeCutomizeDiff`."""
    if _is_smaller(old, new) and _resizes_itself(new):
        yield "settings.diskSize"


def _is_smaller(old: Mapping[str, Value], new: Mapping[str, Value]) -> bool:
    before, after = (value_at(inputs, ("settings", "diskSize")) for inputs in (old, new))
    return isinstance(before, int) and isinstance(after, int) and after < before


def _resizes_itself(inputs: Mapping[str, Value]) -> bool:
    return value_at(inputs, ("settings", "diskAutoresize")) is not False


def _node_count_is_automatic(_: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """`nodeCountCustomDiff`: a pool that scales by itself has its own count."""
    if value_at(new, ("settings", "readPoolAutoScaleConfig", "enabled")) is True:
        yield "nodeCount"


def _follows_another(_: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """`customdiff.ForceNewIf` of the instance, which makes an exception for a switchover alone."""
    if new.get("masterInstanceName"):
        yield "masterInstanceName"
    yield "replicaConfiguration.cascadableReplica"


def _leaves_its_network(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """A private address stays until the instance goes: `privateNetworkCustomizeDiff`."""
    before, after = (value_at(inputs, parse(_PRIVATE_NETWORK)) for inputs in (old, new))
    if before and not after:
        yield _PRIVATE_NETWORK


def _settings(call: Call) -> Mapping[str, Value]:
    return call.inputs.get("settings") or {}


def _ip_configuration(call: Call) -> Mapping[str, Value]:
    return _settings(call).get("ipConfiguration") or {}


def _private_address(call: Call) -> str:
    network = call.target(_PRIVATE_NETWORK)
    return peered_address(call, network.path) if network else ""


def _public_address(call: Call) -> str:
    return external_address(call) if _ip_configuration(call).get("ipv4Enabled", True) else ""


def _addresses(call: Call) -> list[Value]:
    found = [("PRIVATE", _private_address(call)), ("PRIMARY", _public_address(call))]
    return [{"ipAddress": address, "timeToRetire": "", "type": kind} for kind, address in found if address]


def _first_address(call: Call) -> str:
    addresses = _addresses(call)
    return str(addresses[0]["ipAddress"]) if addresses else ""


def _fill_settings(call: Call, outputs: dict[str, Value]) -> None:
    """What the API adds to the settings that were given: resource_sql_database_instance.go, `flattenSettings`."""
    given = _settings(call)
    if not given:  # of a clone or a replica: those of its source
        return
    defaults = {
        "activationPolicy": "ALWAYS",
        "availabilityType": "ZONAL",
        "diskType": "PD_SSD",
        "diskSize": 10,
        "edition": "ENTERPRISE",
        "connectorEnforcement": "NOT_REQUIRED",
        "version": 1 if call.old is None else int(call.old.outputs["settings"].get("version", 1)) + 1,
    }
    outputs["settings"] = {**defaults, **outputs.get("settings", {})}
    if "effectiveAvailabilityType" not in given:
        outputs["settings"]["effectiveAvailabilityType"] = outputs["settings"]["availabilityType"]


def _refuse_protected(call: Call) -> None:
    """Protection on the instance itself, whoever deletes it: settings.deletionProtectionEnabled."""
    if call.old is not None and (call.old.outputs.get("settings") or {}).get("deletionProtectionEnabled"):
        raise CloudError(
            400,
            "invalid",
            "The instance is protected. Please disable the deletion protection and try again.",
        )


def _in_instance(token: str, **changes: object) -> Emulation:
    return Emulation(
        token=token,
        id="",
        words=_WORDS,
        references=(Reference(path="instance", to=(INSTANCE,), on_delete=OnDelete.CASCADE),),
    ).but(**changes)


EMULATIONS: Final = (
    Emulation(
        token=INSTANCE,
        title="DatabaseInstance",
        words=_WORDS,
        formats={"name": formats.SQL_INSTANCE},
        tombstone_s=7 * DAY_S,
        references=(
            encrypted_with("encryptionKeyName", "gcp-sa-cloud-sql"),
            Reference(path=_PRIVATE_NETWORK, to=(NETWORK,), on_delete=OnDelete.BLOCKED),
            Reference(path="masterInstanceName", to=(INSTANCE,), on_delete=OnDelete.BLOCKED),
        ),
        plans=(_restores_any_time,),
        decisions=(_disk_shrinks, _leaves_its_network, _follows_another),
        ignored=(_disk_has_grown, _node_count_is_automatic),
        on_delete=(_refuse_protected,),
        refine=_fill_settings,
        mutable=frozenset({"ipAddresses", "firstIpAddress", "privateIpAddress", "publicIpAddress"}),
        # instances.get tells them; the provider marks them (`Sensitive`) for the keys that stand beside such elsewhere.
        told=frozenset({"serverCaCerts"}),
        outputs={
            "selfLink": _API + "{id}",
            "connectionName": "{project}:{region}:{name}",
            "serviceAccountEmailAddress": lambda call: call.fill(
                "p{number}-{tenant}@gcp-sa-cloud-sql.iam.gserviceaccount.com", tenant=call.digest("tenant")[:6]
            ),
            "ipAddresses": _addresses,
            "firstIpAddress": _first_address,
            "privateIpAddress": _private_address,
            "publicIpAddress": _public_address,
            "instanceType": constant("CLOUD_SQL_INSTANCE"),
            "dnsName": "",
            "dnsNames": constant([]),
            "pscServiceAttachmentLink": "",
            "availableMaintenanceVersions": constant([]),
            "maintenanceVersion": "{databaseVersion}.R20260901.00_00",
            "encryptionKeyName": "",
            "masterInstanceName": "",
            "replicaNames": constant([]),
            "serverCaCerts": lambda call: [
                {
                    "cert": f"-----BEGIN CERTIFICATE-----\n{call.digest('ca')}\n-----END CERTIFICATE-----",
                    "commonName": f"C=US,O=Google\\, Inc,CN=Cloud SQL Server CA,dnQualifier={call.digest('dn')[:8]}",
                    "createTime": timestamp(call.now_s),
                    "expirationTime": timestamp(call.now_s + 3650 * DAY_S),
                    "sha1Fingerprint": call.digest("sha1")[:40],
                }
            ],
        },
    ),
    _in_instance(
        "gcp:sql/database:Database",
        title="Database",
        outputs={"selfLink": _API + "{id}", "charset": constant("UTF8"), "collation": constant("en_US.UTF8")},
    ),
    _in_instance(
        "gcp:sql/user:User",
        title="User",
        # The id leaves the project out, and PostgreSQL's users have no host: `app//main`.
        id=lambda call: f"{call.inputs.get('name')}/{call.inputs.get('host') or ''}/{call.inputs.get('instance')}",
        path="projects/{project}/instances/{instance}/users/{name}",
        outputs={"host": "", "sqlServerUserDetails": constant([])},
    ),
    _in_instance(
        "gcp:sql/sslCert:SslCert",
        title="SslCert",
        id=lambda call: call.fill("projects/{project}/instances/{instance}/sslCerts/") + call.digest("cert")[:40],
        outputs={
            "cert": secret("cert"),
            "privateKey": secret("privateKey"),
            "serverCaCert": secret("serverCaCert"),
            "sha1Fingerprint": lambda call: call.id.rpartition("/")[2],
            "certSerialNumber": number(10),
            "createTime": lambda call: timestamp(call.now_s),
            "expirationTime": lambda call: timestamp(call.now_s + 3650 * DAY_S),
        },
    ),
)
