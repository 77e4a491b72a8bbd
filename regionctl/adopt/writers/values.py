"""Says of a resource of the emulated clouds what an export would say."""

from __future__ import annotations

from typing import Any

from regionctl.adopt.compare import UNTOLD
from regionctl.adopt.kinds import AdoptType, types
from regionctl.adopt.shapes import schema_of
from regionctl.model.values import SECRET_MASK, pruned
from regionctl.providers.facts import facts_of
from regionctl.sandbox.clouds import CloudResource


def kind_of(resource: CloudResource) -> AdoptType | None:
    return types().get(resource.type)


def exported(resource: CloudResource, *, secrets: bool = False) -> dict[str, Any]:
    """Its inputs by Pulumi's names, without what only the provider knows; `secrets`: with SECRET where one stands."""
    schema = schema_of(resource.type)
    assert schema is not None, f"{resource.type} is of no SDK"
    told = facts_of(schema).output

    def keeps(key: str, item: Any) -> bool:  # not the provider's own notes
        return item is not None and not key.startswith("__") and (secrets or item != SECRET_MASK)

    return {
        name: value
        for name, value in pruned(resource.properties, keeps).items()
        if name in schema.inputs and (name == "project" or name not in UNTOLD) and name not in told
    }


def import_id(resource: CloudResource) -> str:
    """What the provider's import takes for it."""
    kind = kind_of(resource)
    properties = {**resource.properties, "id": resource.id}
    return (kind.id_of(properties, resource.project) if kind else None) or resource.id
