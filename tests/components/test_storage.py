from __future__ import annotations

import pytest

from components.storage import BucketArgs, Storage, StorageArgs
from regionctl.render import Declaration
from tests.components.alone import at, declared, every, named


def storage() -> Declaration:
    buckets = {"uploads": BucketArgs(name="p-uploads", retention_days=7, users={"api": "serviceAccount:api"})}
    args = StorageArgs(
        project="p", location="europe-west1", key_id="k", access_logs_name="p-access-logs", buckets=buckets
    )
    return declared(lambda: Storage("storage", args))


@pytest.mark.parametrize("bucket", ["storage-uploads-bucket", "storage-access-logs"])
def test_every_bucket_is_private_versioned_encrypted_and_protected(bucket: str) -> None:
    made = named(storage(), bucket)
    assert at(made, "uniformBucketLevelAccess") is True
    assert at(made, "publicAccessPrevention") == "enforced"
    assert at(made, "versioning") == {"enabled": True}
    assert at(made, "encryption.defaultKmsKeyName") == "k"
    assert at(made, "location") == "europe-west1"
    assert made.options.protect is True


def test_reads_and_writes_are_logged_beside_the_bucket() -> None:
    declaration = storage()
    bucket = named(declaration, "storage-uploads-bucket")
    assert at(bucket, "logging.logBucket") == "p-access-logs"
    assert named(declaration, "storage-access-logs-writer").urn in bucket.property_dependencies["logging"]


def test_nobody_but_the_named_members_and_the_log_writer_may_touch_objects() -> None:
    members = {at(grant, "member") for grant in every(storage(), "BucketIAMMember")}
    assert members == {"serviceAccount:api", "group:cloud-storage-analytics@google.com"}


def test_what_was_deleted_can_be_brought_back_for_as_long_as_was_said() -> None:
    (rule,) = at(named(storage(), "storage-uploads-bucket"), "lifecycleRules")
    assert rule["condition"] == {"daysSinceNoncurrentTime": 7, "withState": "ARCHIVED"}
