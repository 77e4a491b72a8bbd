"""Cloud Asset Inventory: JSON lines, an asset each, as `gcloud asset export` writes them to a bucket.
https://cloud.google.com/asset-inventory/docs/reference/rest/v1/Asset

Resources (`--content-type=resource`) and policies (`--content-type=iam-policy`) are read; each member of a policy
becomes a grant of its own. A grant on a whole project needs the project's id, which a resource line of it tells.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from regionctl.adopt.inventory import Found, unreadable
from regionctl.adopt.kinds import AdoptType, bare, of_asset, parts_of, types
from regionctl.adopt.readers import terraform_state
from regionctl.adopt.readers.documents import parse
from regionctl.adopt.readers.resources import found
from regionctl.errors import Position

AUDIT: Final = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
PROJECT: Final = "cloudresourcemanager.googleapis.com/Project"
# The grants on one member, by the asset that the policy belongs to, with the property that names it.
GRANTS: Final = {
    "cloudkms.googleapis.com/CryptoKey": ("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "cryptoKeyId"),
    "pubsub.googleapis.com/Subscription": ("gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember", "subscription"),
    "pubsub.googleapis.com/Topic": ("gcp:pubsub/topicIAMMember:TopicIAMMember", "topic"),
    "secretmanager.googleapis.com/Secret": ("gcp:secretmanager/secretIamMember:SecretIamMember", "secretId"),
    "storage.googleapis.com/Bucket": ("gcp:storage/bucketIAMMember:BucketIAMMember", "bucket"),
    PROJECT: ("gcp:projects/iAMMember:IAMMember", "project"),
}


def read(source: bytes, file: str) -> Iterator[Found]:
    """The assets of one file. Raises UnreadableExport."""
    text = source.decode()
    if _is_state(text):
        yield from terraform_state.read(source, file)
        return
    for line, asset in _assets(text, file):
        where = Position(file, line, 1)
        type_ = asset.get("assetType") or asset.get("asset_type")
        name = asset.get("name")
        if not isinstance(type_, str) or not isinstance(name, str):
            raise unreadable(where, "this is no asset: it has no name and type", "take `gcloud asset export`")
        if isinstance(policy := asset.get("iamPolicy") or asset.get("iam_policy"), Mapping):
            yield from _grants(type_, bare(name), policy, where)
        if isinstance(resource := asset.get("resource"), Mapping):
            yield (whole := _resource(type_, bare(name), resource, where))
            yield from _parts(type_, whole, resource.get("data"))


def numbers(resources: Iterable[Found]) -> dict[str, str]:
    """The numbers of the projects that the inventory holds, by their ids."""
    projects = (found.properties for found in resources if found.type == PROJECT)
    return {str(one["projectId"]): str(one.get("projectNumber")) for one in projects if "projectId" in one}


def _is_state(text: str) -> bool:
    return bool(re.match(r'\s*\{\s*"version":\s*\d+,\s*"terraform_version"', text))


def _assets(text: str, file: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """JSON lines, or one array of assets."""
    if text.lstrip().startswith("["):
        yield from ((1, asset) for asset in parse(text, file, 1))
        return
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        asset = parse(line, file, number)
        if not isinstance(asset, Mapping):
            raise unreadable(Position(file, number, 1), "this is no asset", "take `gcloud asset export`")
        yield number, asset


def _resource(type_: str, name: str, resource: Mapping[str, Any], where: Position) -> Found:
    said = resource.get("data")
    data: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    kind = of_asset().get(type_)
    location = resource.get("location")
    placed = {"location": location} if isinstance(location, str) and location else {}
    if kind is None:
        return found(None, type_, {**placed, **data, **_project(name)}, where, label=name.rsplit("/", 1)[-1])
    told = {kind.document: json.dumps(data), "id": name} if kind.document else _renamed(kind, data)
    values = {**placed, **told, **_named(kind, name)}
    return found(kind, type_, values, where, label=name.rsplit("/", 1)[-1])


def _parts(type_: str, whole: Found, data: Any) -> Iterator[Found]:
    """What is a resource of its own for Pulumi, and for the API an element of another's list."""
    for kind in parts_of().get(type_, ()):
        assert kind.within
        inherited = {key: whole.properties[key] for key in ("project", "region") if key in whole.properties}
        for item in (data.get(kind.within.list) if isinstance(data, Mapping) else None) or ():
            values = {**inherited, kind.within.named: whole.name, **item}
            yield found(kind, kind.token, values, whole.where, label=str(item.get("name") or item.get("priority")))


def _project(name: str) -> dict[str, str]:
    parts = name.split("/")
    return {"project": parts[1]} if parts[0] == "projects" and len(parts) > 1 else {}


def _named(kind: AdoptType, name: str) -> dict[str, str]:
    """What an asset's name tells: the variables of the type's import id, read backwards."""
    told = kind.told_by(name, kind.asset_name)
    return told or _project(name)


def _renamed(kind: AdoptType, data: Mapping[str, Any]) -> dict[str, Any]:
    """The REST API's properties under Pulumi's names."""
    renamed: dict[str, Any] = json.loads(json.dumps(data))
    for old, new in kind.rest.items():
        move(renamed, old.split("."), new.split("."))
    return renamed


def move(value: dict[str, Any], old: list[str], new: list[str]) -> None:
    """Moves what is at `old` to `new`; where both go through the same list, in each of its elements."""
    common = 0
    while common < min(len(old), len(new)) - 1 and old[common] == new[common]:
        common += 1
    for parent in _all(value, old[:common]):
        moved, known = _take(parent, old[common:])
        if known:
            _put(parent, new[common:], moved)


def _all(value: Any, keys: list[str]) -> Iterator[Any]:
    if not keys:
        yield value
        return
    key, rest = keys[0], keys[1:]
    inner = value.get(key.removesuffix("[]")) if isinstance(value, dict) else None
    for item in inner if key.endswith("[]") and isinstance(inner, list) else [inner]:
        if item is not None:
            yield from _all(item, rest)


def _take(value: Any, keys: list[str]) -> tuple[Any, bool]:
    for key in keys[:-1]:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, dict) or keys[-1] not in value:
        return None, False
    return value.pop(keys[-1]), True


def _put(value: dict[str, Any], keys: list[str], moved: Any) -> None:
    for key in keys[:-1]:
        value = value.setdefault(key, {})
    value[keys[-1].removesuffix("[]")] = moved


def _grants(type_: str, name: str, policy: Mapping[str, Any], where: Position) -> Iterator[Found]:
    if type_ not in GRANTS:
        return
    token, on = GRANTS[type_]
    target = name if on == "cryptoKeyId" else name.rsplit("/", 1)[-1]
    for binding in policy.get("bindings") or ():
        for member in binding.get("members") or ():
            values = {**_project(name), on: target, "role": binding.get("role"), "member": member}
            if condition := binding.get("condition"):
                values["condition"] = condition
            yield found(types()[token], token, values, where, label=f"{binding.get('role')} {member}")
    if type_ == PROJECT:
        for audit in policy.get("auditConfigs") or ():
            values = {**_project(name), **audit}
            yield found(types()[AUDIT], AUDIT, values, where, label=str(audit.get("service")))
