"""Secret Manager. The payload of a version is stored as a fingerprint, and kept encrypted for who may access it: see
the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.values import UNKNOWN, value_at
from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Output, Reference, constant, seconds, timestamp
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp import formats, policies
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.kms import encrypted_with

SECRET: Final = "gcp:secretmanager/secret:Secret"
REGIONAL_SECRET: Final = "gcp:secretmanager/regionalSecret:RegionalSecret"
VERSION: Final = "gcp:secretmanager/secretVersion:SecretVersion"
_REGIONAL_VERSION: Final = "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion"
_TOPIC: Final = "gcp:pubsub/topic:Topic"

MAX_PAYLOAD_BYTES: Final = 65_536
_AGENT: Final = "gcp-sa-secretmanager"
_CREATED: Final[dict[str, Output]] = {"createTime": lambda call: timestamp(call.now_s)}

# "Secret [projects/1/secrets/s] already exists.": the wording of the API.
_WORDS: Final = ONE_PLATFORM.but(
    exists="{title} [{path}] already exists.", missing="{target_title} [{target}] not found or has no versions."
)


def _number_of_version(call: Call) -> int:
    """One more than the highest version of the secret."""
    secret = call.targets["secret"][0]
    numbers = [
        int(row.path.rsplit("/", 1)[-1])
        for row in call.tx.children(secret.key)
        if row.type == call.kind.emulation.token
    ]
    return max(numbers, default=0) + 1


def _version_id(call: Call) -> str:
    # Versions are named by the project's number: projects/123/secrets/name/versions/1.
    secret = call.targets["secret"][0].path
    return f"projects/{call.scope['number']}/{secret.split('/', 2)[2]}/versions/{_number_of_version(call)}"


def _refuse_long(call: Call) -> None:
    """https://cloud.google.com/secret-manager/quotas#content_limits"""
    text = str(call.inputs.get("secretData") or call.inputs.get("secretDataWo") or "")
    size = len(text) * 3 // 4 if call.inputs.get("isSecretDataBase64") else len(text.encode())
    if size > MAX_PAYLOAD_BYTES:
        raise CloudError(
            400, "badRequest", f"The payload of a secret version holds {MAX_PAYLOAD_BYTES} bytes at most, got {size}."
        )


def _version(token: str, secret: str, title: str) -> Emulation:
    return Emulation(
        token=token,
        id=_version_id,
        imported=lambda _call, id_: id_,
        title=title,
        returns_secrets=True,  # projects.secrets.versions.access
        on_create=(_refuse_long,),
        words=_WORDS,
        references=(Reference(path="secret", to=(secret,), on_delete=OnDelete.CASCADE),),
        outputs={
            **_CREATED,
            "name": "{id}",
            "version": lambda call: call.id.rsplit("/", 1)[-1],
            "destroyTime": "",
        },
    )


def _regional(version: Emulation) -> Emulation:
    """A version that says where it lies."""
    outputs = {**version.outputs, "location": lambda call: call.targets["secret"][0].inputs["location"]}
    return version.but(outputs=outputs)


def _rotation_lies_ahead(call: Call) -> None:
    """`nextRotationTime` "cannot be set to less than 300s (5 min) in the future" (REST reference of Secret Manager)."""
    rotation = call.inputs.get("rotation") or {}
    due = rotation.get("nextRotationTime")
    if due is not None and not (seconds(due) or 0) >= call.now_s + 300:
        raise CloudError(400, "invalid", "Rotation next_rotation_time must be at least 5 minutes in the future.")


def _replication_changes(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """Whether a secret is replicated automatically is for ever: `secretManagerSecretAutoCustomizeDiff`."""
    before, after = (value_at(inputs, ("replication", "auto")) for inputs in (old, new))
    if UNKNOWN not in [before, after] and (before is None) != (after is None):
        yield "replication.auto"


EMULATIONS: Final = (
    Emulation(
        token=SECRET,
        by_name="projects/{project}/secrets/{value}",
        title="Secret",
        words=_WORDS,
        formats={"secretId": formats.SECRET_ID},
        references=(
            encrypted_with("replication.auto.customerManagedEncryption.kmsKeyName", _AGENT),
            encrypted_with("replication.userManaged.replicas[].customerManagedEncryption.kmsKeyName", _AGENT),
            Reference(path="topics[].name", to=(_TOPIC,)),
        ),
        decisions=(_replication_changes,),
        on_create=(_rotation_lies_ahead,),
        outputs={**_CREATED, "name": "projects/{number}/secrets/{secretId}", "expireTime": ""},
    ),
    Emulation(
        token=REGIONAL_SECRET,
        id="projects/{project}/locations/{location}/secrets/{secretId}",
        by_name="projects/{project}/locations/{location}/secrets/{value}",
        title="RegionalSecret",
        words=_WORDS,
        formats={"secretId": formats.SECRET_ID},
        references=(
            encrypted_with("customerManagedEncryption.kmsKeyName", _AGENT),
            Reference(path="topics[].name", to=(_TOPIC,)),
        ),
        outputs={
            **_CREATED,
            "name": "projects/{number}/locations/{location}/secrets/{secretId}",
            "expireTime": "",
            "versionDestroyTtl": constant(""),
        },
    ),
    _version(VERSION, SECRET, "SecretVersion"),
    _regional(_version(_REGIONAL_VERSION, REGIONAL_SECRET, "RegionalSecretVersion")),
    policies.member("gcp:secretmanager/secretIamMember:SecretIamMember", "secretId", SECRET),
    policies.binding("gcp:secretmanager/secretIamBinding:SecretIamBinding", "secretId", SECRET),
    policies.member("gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember", "secretId", REGIONAL_SECRET),
)
