"""Cloud Asset Inventory: an asset after another, as `gcloud asset export` writes them to a bucket or to BigQuery, and
`gcloud asset list` in one array. https://cloud.google.com/asset-inventory/docs/reference/rest/v1/Asset

Resources (`--content-type=resource`) and policies (`--content-type=iam-policy`) are read; each member of a policy
becomes a grant of its own. What else an asset holds is named as not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, Field, field_validator

from regionctl.adopt.inventory import PROJECT, Found, unreadable
from regionctl.adopt.kinds import AdoptType, bare, granted_on, kind_of_asset, parts_of
from regionctl.adopt.readers import knative
from regionctl.adopt.readers.documents import Json, Node, objects, shaped
from regionctl.adopt.readers.resources import Policy, found, grants
from regionctl.adopt.shapes import renamed
from regionctl.model.errors import Position, Problem

_ACCOUNT: Final = "gcp:serviceaccount/account:Account"
_TAKE: Final = "take `gcloud asset export --content-type=resource`"


class _Resource(BaseModel):
    """`data` is text in an export to BigQuery."""

    data: dict[str, Any] = {}
    location: str | None = None

    @field_validator("data", mode="before")
    @classmethod
    def _of_text(cls, value: Any) -> Any:
        if value is None:
            return {}
        return json.loads(value) if isinstance(value, str) else value


class _Asset(BaseModel):
    """`gcloud asset list` and the API write camel case, an export snake case."""

    name: str
    type: str = Field(validation_alias=AliasChoices("assetType", "asset_type"))
    resource: _Resource | None = None
    policy: Policy | None = Field(default=None, validation_alias=AliasChoices("iamPolicy", "iam_policy"))
    ancestors: list[str] | None = None

    @property
    def number(self) -> str | None:
        """The number of the project that it lies in: the first of its ancestors."""
        kind, _, number = (self.ancestors or [""])[0].partition("/")
        return number if kind == "projects" and number.isdigit() else None


def is_asset(value: Any) -> bool:
    """Whether a JSON value is, or a list of them begins with, what Cloud Asset Inventory calls an asset."""
    if isinstance(value, list):
        return bool(value) and is_asset(value[0])
    if _is_page(value):
        return is_asset(value["assets"])
    return isinstance(value, Mapping) and "name" in value and bool({"assetType", "asset_type"} & value.keys())


def _is_page(value: Any) -> bool:
    return isinstance(value, Mapping) and "name" not in value and isinstance(value.get("assets"), list)


def read(document: Node, text: Json) -> Iterator[Found | Problem]:
    """The assets of one document: one, an array, or a page of the API's. Raises UnreadableExport."""
    if isinstance(document.value, list):
        for element in text.elements(document):
            yield from read(element, text)
        return
    if _is_page(document.value) and (page := text.member(document, "assets")):
        yield from read(page, text)
        if document.value.get("nextPageToken"):
            yield Problem(text.position(page), "further pages of this list are missing", _TAKE)
        return
    where = text.position(document)
    if not is_asset(document.value):
        raise unreadable(where, "this is no asset: it has no name and type", _TAKE)
    asset = shaped(_Asset, document.value, where, "this is no asset", "export it again")
    for one in _asset(asset, where):
        yield replace(one, number=asset.number) if isinstance(one, Found) else one


def is_project(value: Any) -> bool:
    """Whether it is what `gcloud projects describe` writes as JSON, or a list of such."""
    one = value[0] if isinstance(value, list) and value else value
    return isinstance(one, Mapping) and all(isinstance(one.get(key), str) for key in ("projectId", "projectNumber"))


def projects(document: Node, text: Json) -> Iterator[Found | Problem]:
    """Projects as `gcloud projects describe|list --format=json` writes them, for which number is whose."""
    for node in text.elements(document) if isinstance(document.value, list) else [document]:
        if is_project(node.value):
            label = node.value["projectId"]
            yield found(None, PROJECT, {"project": label, **node.value}, text.position(node), label=label)
        else:
            yield Problem(text.position(node), "this is no project", "take `gcloud projects describe --format=json`")


def _asset(asset: _Asset, where: Position) -> Iterator[Found | Problem]:
    name = bare(asset.name)
    if asset.policy:
        yield from _grants(asset.type, name, asset.policy, where)
    if asset.resource and (asset.resource.data or kind_of_asset(asset.type, name) is None):
        yield (whole := _resource(asset.type, name, asset.resource, where))
        if whole.known:
            yield from _parts(asset.type, whole, asset.resource.data, where)
    elif not asset.policy:
        yield Problem(where, f"{asset.type}: the asset has neither `resource.data` nor `iam_policy`", _TAKE)


def _resource(type_: str, name: str, resource: _Resource, where: Position) -> Found:
    kind = kind_of_asset(type_, name)
    placed = {"location": resource.location} if resource.location else {}
    label = name.rsplit("/", 1)[-1]
    if kind is None:
        return found(None, type_, {**placed, **resource.data, **_project(name)}, where, label=label)
    data = knative.as_version_2(resource.data) if knative.is_knative(resource.data) else resource.data
    told = {kind.document: json.dumps(data), "id": name} if kind.document else renamed(data, kind.rest)
    values = {**placed, **told, **_named(kind, name)}
    if kind.token == _ACCOUNT and isinstance(email := data.get("email"), str):
        values["accountId"] = email.partition("@")[0]  # the last part of its asset's name is a number
    return found(kind, type_, values, where, label=label)


def _parts(type_: str, whole: Found, data: Mapping[str, Any], where: Position) -> Iterator[Found | Problem]:
    """What is a resource of its own for Pulumi, and for the API an element of another's list."""
    for kind in parts_of(type_):
        assert kind.within
        inherited = {key: whole.properties[key] for key in ("project", "region") if key in whole.properties}
        items = data.get(kind.within.list)
        if items and objects(items) != items:
            yield Problem(where, f"{type_}: `{kind.within.list}` is no list of objects", "export it again")
        for item in objects(items):
            values = {**inherited, kind.within.named: whole.name, **item}
            yield found(kind, kind.token, values, whole.where, label=str(item.get("name") or item.get("priority")))


def _project(name: str) -> dict[str, str]:
    parts = name.split("/")
    return {"project": parts[1]} if parts[0] == "projects" and len(parts) > 1 else {}


def _named(kind: AdoptType, name: str) -> dict[str, str]:
    """What an asset's name tells: the variables of the type's import id, read backwards."""
    told = kind.told_by(name, kind.asset_form)
    return told or _project(name)


def _grants(type_: str, name: str, policy: Policy, where: Position) -> Iterator[Found | Problem]:
    kind = granted_on(type_)
    if kind is None or kind.grants_on is None:
        yield Problem(where, f"{type_}: no catalogue knows grants on it", "look at its policy yourself")
        return
    on = kind.grants_on.named
    target = name if on == "cryptoKeyId" else name.rsplit("/", 1)[-1]
    yield from grants(kind.token, {**_project(name), on: target}, policy, where)
