"""Cloud Storage. A bucket's name is its id, unique in the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.values import value_at
from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, constant, integer, revision, timestamp
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp import formats, policies
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.kms import encrypted_with

BUCKET: Final = "gcp:storage/bucket:Bucket"
_OBJECT: Final = "gcp:storage/bucketObject:BucketObject"

# https://cloud.google.com/storage/docs/json_api/v1/status-codes#409-conflict
_WORDS: Final = ONE_PLATFORM.but(
    exists="Your previous request to create the named bucket succeeded and you already own it.",
    exists_reason="conflict",
    missing="The specified bucket does not exist.",
    missing_reason="notFound",
)


def _unlocks(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """A retention policy that is locked stays so: `isPolicyLocked` in resource_storage_bucket.go."""
    before, after = (value_at(inputs, ("retentionPolicy", "isLocked")) for inputs in (old, new))
    if before is True and not after:
        yield "retentionPolicy.isLocked"


def _upper_location(call: Call, outputs: dict[str, Value]) -> None:
    """`EUROPE-WEST1`, as the API answers and the provider's StateFunc writes it (resource_storage_bucket.go)."""
    outputs["location"] = str(outputs["location"]).upper()


def _refuse_full(call: Call) -> None:
    objects = [row for row in call.tx.children(call.key) if row.type == _OBJECT]
    if objects and not call.inputs.get("forceDestroy"):
        raise CloudError(
            409,
            "conflict",
            f"Error trying to delete bucket {call.path} without `force_destroy` set to true: the bucket is not empty",
        )


EMULATIONS: Final = (
    Emulation(
        token=BUCKET,
        title="bucket",
        words=_WORDS,
        formats={"name": formats.BUCKET},
        references=(encrypted_with("encryption.defaultKmsKeyName", "gs-project-accounts"),),
        decisions=(_unlocks,),
        on_delete=(_refuse_full,),
        refine=_upper_location,
        outputs={
            "selfLink": "https://www.googleapis.com/storage/v1/b/{name}",
            "url": "gs://{name}",
            "projectNumber": lambda call: int(call.scope["number"]),
            "timeCreated": lambda call: timestamp(call.now_s),
            "updated": lambda call: timestamp(call.now_s),
            "publicAccessPrevention": constant("inherited"),
            "uniformBucketLevelAccess": constant(False),
            "rpo": "",
        },
        mutable=frozenset({"updated"}),
    ),
    Emulation(
        token=_OBJECT,
        id="{bucket}-{name}",  # resource_storage_bucket_object.go: `objectGetID`
        path="{bucket}/{name}",
        title="object",
        words=_WORDS,
        shared=True,  # an upload replaces what is there
        references=(Reference(path="bucket", to=(BUCKET,), on_delete=OnDelete.CASCADE),),
        outputs={
            "selfLink": "https://www.googleapis.com/storage/v1/b/{bucket}/o/{name}",
            "mediaLink": "https://storage.googleapis.com/download/storage/v1/b/{bucket}/o/{name}?alt=media",
            "outputName": "{name}",
            "generation": integer(15),
            "crc32c": revision(),
            "md5hash": revision(),
            "md5hexhash": revision(),
            "contentType": constant("application/octet-stream"),
            "storageClass": constant("STANDARD"),
            "kmsKeyName": "",
        },
        mutable=frozenset({"crc32c", "md5hash", "md5hexhash"}),
    ),
    policies.member("gcp:storage/bucketIAMMember:BucketIAMMember", "bucket", BUCKET, id_prefix="b/"),
    policies.binding("gcp:storage/bucketIAMBinding:BucketIAMBinding", "bucket", BUCKET, id_prefix="b/"),
)
