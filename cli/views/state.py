"""A stack's state: its resources, and one in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.views.console import note, say, warn
from cli.views.declaration import print_values
from cli.views.tables import print_table
from cli.views.text import Text
from regionctl.model.hints import command
from regionctl.model.urn import short_type

if TYPE_CHECKING:
    from regionctl.engine.state.checkpoint import Checkpoint, StateResource


def state_document(stack: str, checkpoint: Checkpoint) -> dict[str, Any]:
    resources = [_json(one) for one in checkpoint.resources]
    pending = [{"kind": one.kind, "urn": one.resource.urn} for one in checkpoint.pending]
    return {"version": 1, "kind": "state", "stack": stack, "resources": resources, "pending": pending}


def print_state(stack: str, checkpoint: Checkpoint) -> None:
    """The resources that a provider made; components only stand in the document."""
    made = [one for one in checkpoint.resources if one.custom]
    if made:
        print_table(("type", "name", "id"), [_row(one) for one in made])
    else:
        note(f"the state of {stack} holds no resources")
    for operation in checkpoint.pending:
        warn(Text(f"unfinished: {operation}; {command('refresh', stack)} settles it", "yellow"))


def _row(resource: StateResource) -> list[Text | str]:
    name = Text(resource.name, "yellow" if resource.protect else "")
    return [short_type(resource.type), name, resource.id or ""]


def details_document(resources: Sequence[StateResource]) -> list[dict[str, Any]]:
    return [{**_json(one), "inputs": one.inputs, "outputs": one.outputs} for one in resources]


def print_details(resources: Sequence[StateResource]) -> None:
    for resource in resources:
        say(Text.assemble((resource.name, "bold"), f"  {resource.type}"))
        say(f"urn: {resource.urn}")
        say(f"id: {resource.id}" if resource.id else "id: none (a component)")
        for title, values in (("inputs", resource.inputs), ("outputs", resource.outputs)):
            say(f"{title}:" if values else f"{title}: none")
            print_values({key: value for key, value in values.items() if key != "__defaults"})


def _json(resource: StateResource) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "id": resource.id,
        "custom": resource.custom,
        "protect": resource.protect,
        "parent": resource.parent,
        "dependencies": list(resource.dependencies),
    }
