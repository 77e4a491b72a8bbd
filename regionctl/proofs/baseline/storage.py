"""Cloud Storage: private buckets whose objects can be brought back, and that write down who reads them."""

from __future__ import annotations

from collections.abc import Iterator

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import Found, at, is_known, is_set, items
from regionctl.render import Resource

from .grants import PUBLIC, each, not_public, on
from .rule import Objection, Rule, equals, of, present, wrong

AREA = "Storage"
BUCKET = "gcp:storage/bucket:Bucket"
ACCESS_CONTROLS = (
    "gcp:storage/bucketAccessControl:BucketAccessControl",
    "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl",
    "gcp:storage/objectAccessControl:ObjectAccessControl",
)
ACCESS_LISTS = (
    "gcp:storage/bucketACL:BucketACL",
    "gcp:storage/defaultObjectACL:DefaultObjectACL",
    "gcp:storage/objectACL:ObjectACL",
)


def _opened(graph: Graph) -> list[Resource]:
    return [*on("storage")(graph), *graph.of(*ACCESS_CONTROLS, *ACCESS_LISTS)]


def _not_public(resource: Resource, graph: Graph) -> Iterator[Objection]:
    if resource.type in ACCESS_CONTROLS:
        yield from _not_everybody(resource, ("entity",))
    elif resource.type in ACCESS_LISTS:
        yield from _not_everybody(resource, ("predefinedAcl", "defaultAcl", "roleEntities"))
    else:
        yield from each(not_public)(resource, graph)


def _not_everybody(resource: Resource, paths: tuple[str, ...]) -> Iterator[Objection]:
    for path in paths:
        value = at(resource, path)
        entities = list(items(value)) or ([value] if is_set(value) else [])
        if any(not is_known(e) or _is_public(str(e)) for e in entities):
            yield wrong(path, value, "nobody public")


def _is_public(entity: str) -> bool:
    return entity.startswith("public") or entity.rpartition(":")[2] in (*PUBLIC, "authenticatedRead")


def _read_by_people(graph: Graph) -> list[Resource]:
    """The buckets but for one that only takes the access logs of others, which cannot log to itself (CKV_GCP_63)."""
    buckets = graph.of(BUCKET)
    targets = [at(bucket, "logging.logBucket") for bucket in buckets]
    return [b for b in buckets if is_set(at(b, "logging")) or not any(_is(target, b, graph) for target in targets)]


def _is(target: Found, bucket: Resource, graph: Graph) -> bool:
    return graph.source(target) is bucket or (is_known(target) and target == at(bucket, "name"))


def _access_logs(bucket: Resource, graph: Graph) -> Iterator[Objection]:
    target = at(bucket, "logging.logBucket")
    if _is(target, bucket, graph):
        yield Objection(path="logging.logBucket", message="the bucket logs to itself, which makes a log of every log")
    elif not is_set(target):
        yield wrong("logging.logBucket", target, "the name of another bucket")


RULES_OF_STORAGE = (
    Rule(
        id="CKV_GCP_28",
        also=("AVD-GCP-0001", "CIS 5.1"),
        area=AREA,
        claim="a bucket is granted to nobody public",
        mend="grant it to the account of the workload that needs it",
        subjects=_opened,
        objections=_not_public,
    ),
    Rule(
        id="CKV_GCP_114",
        area=AREA,
        claim="a bucket cannot be made public",
        mend='set public_access_prevention="enforced"',
        subjects=of(BUCKET),
        objections=equals("publicAccessPrevention", "enforced"),
    ),
    Rule(
        id="CKV_GCP_29",
        also=("AVD-GCP-0002", "CIS 5.2"),
        area=AREA,
        claim="access to a bucket is granted by IAM alone",
        mend="set uniform_bucket_level_access=True",
        subjects=of(BUCKET),
        objections=equals("uniformBucketLevelAccess", True),
    ),
    Rule(
        id="CKV_GCP_78",
        also=("AVD-GCP-0078",),
        area=AREA,
        claim="what is deleted from a bucket can be brought back",
        mend="set versioning with enabled=True",
        subjects=of(BUCKET),
        objections=equals("versioning.enabled", True),
    ),
    Rule(
        id="CKV_GCP_62",
        also=("CKV_GCP_63", "AVD-GCP-0077"),
        area=AREA,
        claim="a bucket writes down who reads it",
        mend="set logging with the name of a bucket for access logs",
        subjects=_read_by_people,
        objections=_access_logs,
    ),
    Rule(
        id="AVD-GCP-0066",
        area=AREA,
        claim="a bucket is encrypted with a key of one's own",
        mend="set encryption with default_kms_key_name",
        subjects=of(BUCKET),
        objections=present("encryption.defaultKmsKeyName", "the id of a key"),
    ),
)
