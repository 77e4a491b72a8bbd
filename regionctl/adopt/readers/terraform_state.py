"""Terraform's state, version 4: `resources[].instances[].attributes`, with the provider's names.
https://developer.hashicorp.com/terraform/language/state; `stateV4` in internal/states/statefile/version4.go"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import BaseModel

from regionctl.adopt.inventory import Found, unreadable
from regionctl.adopt.readers.documents import Json, Node, shaped
from regionctl.adopt.readers.terraform import GOOGLE, of_type
from regionctl.model.errors import Position, Problem
from regionctl.model.values import SECRET_MASK

VERSION: Final = 4
_PULL: Final = "take `terraform state pull > export.tfstate`"


class _Instance(BaseModel):
    """`deposed`: replaced by another, and not deleted yet. `attributes_flat`: as Terraform 0.11 wrote it."""

    attributes: dict[str, Any] | None = None
    attributes_flat: dict[str, Any] | None = None
    deposed: str | None = None
    index_key: str | int | None = None
    sensitive_attributes: list[Any] | None = None


class _Resource(BaseModel):
    mode: str
    type: str
    name: str
    provider: str = ""
    module: str | None = None
    instances: list[Any] | None = None

    def address(self, instance: _Instance) -> str:
        """What Terraform calls it: `module.vm.google_compute_instance.main["a"]`."""
        key = instance.index_key
        index = "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
        return f"{f'{self.module}.' if self.module else ''}{self.type}.{self.name}{index}"

    @property
    def of_provider(self) -> str:
        """provider["registry.terraform.io/hashicorp/google"].eu -> google; the type's first word where it is none."""
        source = re.search(r'provider\["(?:[^"]*/)?([^"/]+)"\]', self.provider)
        return source[1] if source else self.type.partition("_")[0]


def is_state(value: Any) -> bool:
    """Whether a JSON value is a state, of whatever version and however it was sorted."""
    return isinstance(value, Mapping) and "version" in value and bool({"terraform_version", "lineage"} & value.keys())


def read(document: Node, text: Json) -> Iterator[Found | Problem]:
    """The managed resources of a state. Raises UnreadableExport."""
    if not isinstance(document.value, dict) or document.value.get("version") != VERSION:
        raise unreadable(text.position(document), "this is no Terraform state of version 4", _PULL)
    resources = text.member(document, "resources")
    if resources is None or resources.value is None:
        return
    if not isinstance(resources.value, list):
        raise unreadable(text.position(resources), "resources is no list", _PULL)
    for node in text.elements(resources):
        where = text.position(node)
        resource = shaped(_Resource, node.value, where, "this is no resource of a Terraform state", _PULL)
        if resource.mode == "managed" and resource.instances:
            instances = text.member(node, "instances")
            assert instances
            for each in text.elements(instances):
                yield from _instance(resource, each, where, text.position(each))


def _instance(resource: _Resource, node: Node, head: Position, where: Position) -> Iterator[Found | Problem]:
    """`head` is where the resource stands: its type and name are what a reader looks for."""
    instance = shaped(_Instance, node.value, where, f"{resource.type}.{resource.name}", _PULL)
    address = resource.address(instance)
    if instance.deposed is not None:
        what = f"{address}: a deposed object ({instance.deposed}), which Terraform has yet to delete"
        yield Problem(where, what, "the current object is compared; run `terraform apply` to delete this one")
    elif instance.attributes is not None:
        values = _without_secrets(instance.attributes, instance.sensitive_attributes or ())
        provider = None if resource.of_provider in GOOGLE else resource.of_provider
        place = where if len(resource.instances or ()) > 1 else head
        for one in of_type(resource.type, resource.name, values, place, provider=provider, from_state=True):
            yield replace(one, address=address) if isinstance(one, Found) else one
    else:
        flat = "as Terraform 0.11 wrote it" if instance.attributes_flat else "without attributes"
        yield Problem(where, f"{address}: an object {flat}", "run `terraform refresh`, then `terraform state pull`")


def _without_secrets(attributes: Mapping[str, Any], sensitive: Any) -> dict[str, Any]:
    """`sensitive_attributes` are paths: [[{"type": "get_attr", "value": "password"}], ...]."""
    first = [path[0] for path in sensitive if isinstance(path, list) and path]
    hidden = {str(step.get("value")) for step in first if isinstance(step, dict)}
    return {name: SECRET_MASK if name in hidden and value else value for name, value in attributes.items()}
