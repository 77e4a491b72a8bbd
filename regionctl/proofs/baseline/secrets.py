"""Keys and secrets: KMS, and Secret Manager.

KMS: keys that turn over, that nobody destroys by accident, that nobody else uses. Secret Manager: where a secret rests
and under which key, who reads it, when it is due, and where it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from regionctl.model.path import parse
from regionctl.proofs.graph import Graph
from regionctl.proofs.values import Found, at, fields, is_absent, is_known, is_set, items, opened, shown
from regionctl.render import Resource, Secret, Symbolic, Unknown

from .grants import Grant, custom_role, each, grants, not_public, on, project_wide
from .rule import Objection, Rule, of, wrong
from .run import account_of, workloads

_KMS = "KMS"
KEY = "gcp:kms/cryptoKey:CryptoKey"
_SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)s")
LONGEST_ROTATION_S = 90 * 24 * 60 * 60


def _symmetric(key: Resource) -> bool:
    """Only these turn over by themselves. https://cloud.google.com/kms/docs/key-rotation"""
    purpose = at(key, "purpose")
    return not is_set(purpose) or purpose == "ENCRYPT_DECRYPT"


def _turns_over(key: Resource, _graph: Graph) -> Iterator[Objection]:
    period = at(key, "rotationPeriod")
    seconds = _SECONDS.fullmatch(str(period)) if is_known(period) else None
    if seconds is None or float(seconds[1]) > LONGEST_ROTATION_S:
        yield wrong("rotationPeriod", period, f"{LONGEST_ROTATION_S}s or less")


def _protected(key: Resource, _graph: Graph) -> Iterator[Objection]:
    if key.options.protect is not True:
        yield Objection(message="the resource option protect is not set")


RULES_OF_KMS = (
    Rule(
        id="CKV_GCP_43",
        also=("AVD-GCP-0065", "CIS 1.10"),
        area=_KMS,
        claim="a key is rotated every 90 days or more often",
        mend=f"set rotation_period to {LONGEST_ROTATION_S}s",
        subjects=of(KEY, when=_symmetric),
        objections=_turns_over,
    ),
    Rule(
        id="CKV_GCP_82",
        area=_KMS,
        claim="a key is protected against deletion",
        mend="give the key the resource option protect=True",
        subjects=of(KEY),
        objections=_protected,
    ),
    Rule(
        id="CKV_GCP_112",
        also=("CIS 1.9",),
        area=_KMS,
        claim="a key is not public",
        mend="grant the key to the agent of the service that encrypts with it",
        subjects=on("kms"),
        objections=each(not_public),
    ),
)


_SECRET_MANAGER = "Secret Manager"
SECRET = "gcp:secretmanager/secret:Secret"
REGIONAL = "gcp:secretmanager/regionalSecret:RegionalSecret"
REPLICAS = "replication.userManaged.replicas"

# The inputs that hold a secret's value, by type.
PAYLOADS = {
    "gcp:secretmanager/secretVersion:SecretVersion": "secretData",
    "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": "secretData",
    "gcp:sql/user:User": "password",
}
WORKER = "cloudflare:index/workersScript:WorkersScript"


def _in_the_region(secret: Resource, graph: Graph) -> Iterator[Objection]:
    for path, place in _places(secret):
        if not is_known(place) or place != graph.facts.location:
            yield wrong(path, place, f"{graph.facts.location}, the stack's own location,")


def _places(secret: Resource) -> list[tuple[str, Found]]:
    if secret.type == REGIONAL:
        return [("location", at(secret, "location"))]
    replicas = items(at(secret, REPLICAS))
    return [(f"{REPLICAS}[{i}].location", opened(fields(r).get("location"))) for i, r in enumerate(replicas)] or [
        (REPLICAS, at(secret, REPLICAS))
    ]


def _own_key(secret: Resource, _graph: Graph) -> Iterator[Objection]:
    key = "customerManagedEncryption.kmsKeyName"
    count = len(items(at(secret, REPLICAS)))
    paths = [key] if secret.type == REGIONAL else [f"{REPLICAS}[{i}].{key}" for i in range(max(count, 1))]
    for path in paths:
        if not is_set(at(secret, path)):
            yield wrong(path, at(secret, path), "the id of a key")


def _due(secret: Resource, _graph: Graph) -> Iterator[Objection]:
    if not any(is_set(at(secret, path)) for path in ("rotation.rotationPeriod", "ttl", "expireTime")):
        yield wrong("rotation.rotationPeriod", at(secret, "rotation.rotationPeriod"), "a period, ttl or expireTime")


def _readers(graph: Graph) -> list[Resource]:
    wide = [r for r in project_wide(graph) if any(_reads_secrets(grant, graph) for grant in grants(r))]
    return [*on("secretmanager")(graph), *wide]


def _reads_secrets(grant: Grant, graph: Graph) -> bool:
    """Whether a role may be about secrets: by its name, or by what a role of the stack's own may do."""
    if own := custom_role(grant, graph):
        return any(not is_known(may) or "secretmanager" in str(may) for may in items(at(own, "permissions")))
    return not is_known(grant.role) or "secretmanager" in str(grant.role)


def _a_workload(grant: Grant, graph: Graph) -> str | None:
    source = graph.source(grant.member)
    if source is None or all(account_of(workload, graph) is not source for workload in workloads(graph)):
        return f"{shown(grant.member)} is the account of no workload of this stack"
    return None


def _read_by_workloads(resource: Resource, graph: Graph) -> Iterator[Objection]:
    if resource in project_wide(graph):
        yield Objection(path="role", message=f"{shown(at(resource, 'role'))} on the project: every secret at once")
    else:
        yield from each(_a_workload)(resource, graph)


def _holders(graph: Graph) -> list[Resource]:
    built_in = [r for r in graph.of(*PAYLOADS) if not is_absent(r.inputs.get(PAYLOADS[r.type]))]
    return [*built_in, *graph.of(WORKER)]


def _from_the_config(resource: Resource, _graph: Graph) -> Iterator[Objection]:
    if resource.type != WORKER:
        yield from _payload(resource, PAYLOADS[resource.type], resource.inputs.get(PAYLOADS[resource.type]))
        return
    for index, binding in enumerate(items(at(resource, "bindings"))):
        if fields(binding).get("type") == "secret_text":
            yield from _payload(resource, f"bindings[{index}].text", fields(binding).get("text"))


def _payload(resource: Resource, path: str, value: Found) -> Iterator[Objection]:
    """A secret comes from the stack's config or from another resource. Never shows the value."""
    inner = value.value if isinstance(value, Secret) else None
    computed = isinstance(inner, Unknown) and resource.property_dependencies.get(str(parse(path)[0]))
    if isinstance(inner, Symbolic) or computed:
        return
    what = "not marked as secret" if not isinstance(value, Secret) else "a literal of the program"
    yield Objection(path=path, message=f"{what}; a value from the stack's config or of a resource is wanted")


RULES_OF_SECRET_MANAGER = (
    Rule(
        id="baseline/secret-place",
        area=_SECRET_MANAGER,
        claim="a secret is replicated in its own location only",
        mend="name the location in user_managed replicas, one replica alone",
        subjects=of(SECRET, REGIONAL),
        objections=_in_the_region,
    ),
    Rule(
        id="baseline/secret-key",
        area=_SECRET_MANAGER,
        claim="a secret is encrypted with a key of one's own",
        mend="set customer_managed_encryption on every replica",
        subjects=of(SECRET, REGIONAL),
        objections=_own_key,
    ),
    Rule(
        id="baseline/secret-due",
        area=_SECRET_MANAGER,
        claim="a secret is due for rotation, or expires",
        mend="set rotation with a rotation_period",
        subjects=of(SECRET, REGIONAL),
        objections=_due,
    ),
    Rule(
        id="baseline/secret-readers",
        area=_SECRET_MANAGER,
        claim="a secret is read by accounts of workloads alone",
        mend="grant the secret to the account of the workload that needs it, on the secret itself",
        subjects=_readers,
        objections=_read_by_workloads,
    ),
    Rule(
        id="baseline/secret-literal",
        area=_SECRET_MANAGER,
        claim="a secret's value does not stand in the program",
        mend="declare the secret in the spec, set it with `regionctl secrets set` and read it from the config",
        subjects=_holders,
        objections=_from_the_config,
    ),
)
