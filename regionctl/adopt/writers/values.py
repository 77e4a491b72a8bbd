"""What of a resource of the emulated clouds an export says."""

from __future__ import annotations

from typing import Any

from regionctl.adopt.compare import UNTOLD
from regionctl.adopt.kinds import AdoptType, types
from regionctl.adopt.shapes import schema_of
from regionctl.model.values import SECRET_MASK
from regionctl.providers.facts import facts_of
from regionctl.sandbox.clouds import CloudResource


def kind_of(resource: CloudResource) -> AdoptType | None:
    return types().get(resource.type)


def exported(resource: CloudResource, *, secrets: bool = False) -> dict[str, Any]:
    """Its inputs by Pulumi's names, without what only the provider knows; `secrets`: with SECRET where one stands."""
    schema = schema_of(resource.type)
    assert schema is not None, f"{resource.type} is of no SDK"
    told = facts_of(schema).output
    return {
        name: value
        for name, value in _plain(resource.properties, secrets).items()
        if name in schema.inputs and (name == "project" or name not in UNTOLD) and name not in told
    }


def import_id(resource: CloudResource) -> str:
    """What the provider's import takes for it."""
    kind = kind_of(resource)
    properties = {**resource.properties, "id": resource.id}
    return (kind.id_of(properties, resource.project) if kind else None) or resource.id


def _plain(value: Any, secrets: bool) -> Any:
    """Without absent values and the provider's own notes, nor secrets unless they are wanted."""
    if isinstance(value, dict):
        told = {
            key: item for key, item in value.items() if not key.startswith("__") and (secrets or item != SECRET_MASK)
        }
        inner = {key: _plain(item, secrets) for key, item in told.items()}
        return {key: item for key, item in inner.items() if item is not None}
    return [_plain(item, secrets) for item in value] if isinstance(value, list) else value
