"""JSON lines as `gcloud asset export` writes them: resources with the names of their REST APIs, then IAM policies."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from regionctl.adopt.inventory import PROJECT
from regionctl.adopt.kinds import AdoptType, parts_of
from regionctl.adopt.readers.resources import AUDIT
from regionctl.adopt.shapes import move
from regionctl.adopt.writers.values import exported, import_id, kind_of
from regionctl.sandbox.clouds import CloudResource
from regionctl.sandbox.gcp.naming import project_number

# The hosts in assets' names that are not those of their types.
# https://cloud.google.com/asset-inventory/docs/asset-names
_HOSTS: Final = {"sqladmin.googleapis.com": "cloudsql.googleapis.com"}


def files(resources: Sequence[CloudResource]) -> dict[str, str]:
    """The text of each file by its path."""
    return {
        "resources.jsonl": _lines(_resources(resources)),
        "iam-policies.jsonl": _lines(_policies(resources)),
    }


def _lines(assets: Iterator[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(asset)}\n" for asset in assets)


def _resources(resources: Sequence[CloudResource]) -> Iterator[dict[str, Any]]:
    for project in sorted({resource.project for resource in resources if resource.project}):
        number = project_number(project)
        data = {"projectId": project, "projectNumber": number, "lifecycleState": "ACTIVE"}
        yield _asset(f"//cloudresourcemanager.googleapis.com/projects/{number}", PROJECT, {"data": data}, number)
    for resource in resources:
        kind = kind_of(resource)
        if kind is not None and kind.asset:
            values = exported(resource)
            place = values.get("location") or values.get("region") or "global"
            whole = json.loads(values[kind.document]) if kind.document else _rest(kind, values)
            data = {**whole, **_parts(kind.asset, resource, resources)}
            placed = {"location": str(place).lower(), "data": data}
            yield _asset(_name(resource, kind), kind.asset, placed, project_number(resource.project))


def _asset(name: str, type_: str, resource: dict[str, Any], number: str) -> dict[str, Any]:
    return {
        "name": name,
        "asset_type": type_,
        "resource": {"parent": f"//cloudresourcemanager.googleapis.com/projects/{number}", **resource},
        "ancestors": [f"projects/{number}"],
    }


def _name(resource: CloudResource, kind: AdoptType) -> str:
    assert kind.asset
    host = kind.asset.partition("/")[0]
    path = import_id(resource)
    if kind.token == "gcp:projects/service:Service":
        path = f"projects/{project_number(resource.project)}/services/{path.partition('/')[2]}"
    return f"//{_HOSTS.get(host, host)}/{path}"


def _rest(kind: AdoptType, values: dict[str, Any]) -> dict[str, Any]:
    renamed: dict[str, Any] = json.loads(json.dumps(values))
    for rest, pulumi in reversed(list(kind.rest.items())):
        move(renamed, pulumi.split("."), rest.split("."))
    return renamed


def _parts(asset: str, whole: CloudResource, resources: Sequence[CloudResource]) -> dict[str, Any]:
    """The lists of an asset that hold what are resources of their own for Pulumi."""
    lists: dict[str, list[Any]] = defaultdict(list)
    for kind in parts_of(asset):
        assert kind.within
        for part in resources:
            values = exported(part) if part.type == kind.token else {}
            named = str(values.pop(kind.within.named, "")).rsplit("/", 1)[-1]
            if named and part.project == whole.project and named == whole.properties.get("name"):
                lists[kind.within.list].append({k: v for k, v in values.items() if k not in {"project", "region"}})
    return dict(lists)


def _policies(resources: Sequence[CloudResource]) -> Iterator[dict[str, Any]]:
    bindings: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    audits: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for resource in resources:
        values = resource.properties
        number = project_number(resource.project)
        project_policy = (PROJECT, f"//cloudresourcemanager.googleapis.com/projects/{number}")
        if resource.type == AUDIT:
            audits[project_policy].append({key: values[key] for key in ("service", "auditLogConfigs")})
        elif (kind := kind_of(resource)) and kind.grants_on:
            asset, on = kind.grants_on.asset, str(values[kind.grants_on.named])
            target = project_policy if asset == PROJECT else (asset, _target(asset, on, resource))
            bindings[target][str(values["role"])].append(str(values["member"]))
    for asset, name in sorted(bindings.keys() | audits.keys()):
        policy: dict[str, Any] = {
            "bindings": [{"role": role, "members": members} for role, members in sorted(bindings[asset, name].items())]
        }
        if audits[asset, name]:
            policy["auditConfigs"] = audits[asset, name]
        yield {"name": name, "asset_type": asset, "iam_policy": policy}


def _target(asset: str, on: str, resource: CloudResource) -> str:
    host, _, kind = asset.partition("/")
    if kind == "Bucket":
        return f"//{host}/{on}"
    return (
        f"//{host}/{on}" if on.startswith("projects/") else f"//{host}/projects/{resource.project}/{kind.lower()}s/{on}"
    )
