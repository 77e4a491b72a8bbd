"""What is kept about a stack: its state, its outputs, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cli.views.console import note, print_json, print_table, say, warn
from cli.views.console import value as print_bare
from cli.views.declaration import print_values
from cli.views.text import Text, moment, span
from regionctl.model.hints import command
from regionctl.model.urn import short_type
from regionctl.render.plain import in_line

if TYPE_CHECKING:
    from regionctl.engine.state.checkpoint import Checkpoint, StateResource
    from regionctl.engine.state.history import Update


def state_document(stack: str, checkpoint: Checkpoint) -> dict[str, Any]:
    resources = [_resource(one) for one in checkpoint.resources]
    pending = [{"kind": one.kind, "urn": one.resource.urn} for one in checkpoint.pending]
    return {"version": 1, "kind": "state", "stack": stack, "resources": resources, "pending": pending}


def print_state(stack: str, checkpoint: Checkpoint) -> None:
    """The resources that a provider made; components only stand in the document."""
    made = [one for one in checkpoint.resources if one.custom]
    if made:
        print_table(("type", "name", "id"), [_resource_row(one) for one in made])
    else:
        note(f"the state of {stack} holds no resources")
    for operation in checkpoint.pending:
        warn(Text(f"unfinished: {operation}; {command('refresh', stack)} settles it", "yellow"))


def _resource_row(resource: StateResource) -> list[Text | str]:
    name = Text(resource.name, "yellow" if resource.protect else "")
    return [short_type(resource.type), name, resource.id or ""]


def details_document(resources: Sequence[StateResource]) -> list[dict[str, Any]]:
    return [{**_resource(one), "inputs": one.inputs, "outputs": one.outputs} for one in resources]


def print_details(resources: Sequence[StateResource]) -> None:
    for resource in resources:
        say(Text.assemble((resource.name, "bold"), f"  {resource.type}"))
        say(f"urn: {resource.urn}")
        say(f"id: {resource.id}" if resource.id else "id: none (a component)")
        for title, values in (("inputs", resource.inputs), ("outputs", resource.outputs)):
            say(f"{title}:" if values else f"{title}: none")
            print_values({key: value for key, value in values.items() if key != "__defaults"})


def _resource(resource: StateResource) -> dict[str, Any]:
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


def outputs_document(stack: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": 1, "kind": "outputs", "stack": stack, "outputs": dict(outputs)}


def print_outputs(stack: str, outputs: Mapping[str, Any]) -> None:
    if not outputs:
        note(f"{stack} has no outputs until it is applied")
    width = max((len(name) for name in outputs), default=0)
    for name in sorted(outputs):
        say(f"{name:<{width}}  {in_line(outputs[name])}")


def print_output(value: Any) -> None:
    """One value alone, for use in a script: a string bare, anything else as JSON."""
    if isinstance(value, str):
        print_bare(value)
    else:
        print_json(value)


_UNCHANGED = frozenset({"same", "read", "refresh"})


def history_document(stack: str, updates: Sequence[Update]) -> dict[str, Any]:
    return {"version": 1, "kind": "history", "stack": stack, "updates": [_update(one) for one in updates]}


def print_history(stack: str, updates: Sequence[Update]) -> None:
    if updates:
        print_table(
            ("started", "what", "result", "took", "changes, with components"), [_update_row(one) for one in updates]
        )
    else:
        note(f"nothing was done to {stack} yet")


def _update_row(update: Update) -> list[Text | str]:
    changes = ", ".join(f"{count} {op}" for op, count in update.changes.items() if op not in _UNCHANGED)
    return [
        moment(update.started),
        update.kind,
        Text(update.result, "" if update.result == "succeeded" else "red"),
        span(update.ended - update.started) if update.ended else "",
        changes or "none",
    ]


def _update(update: Update) -> dict[str, object]:
    return {
        "version": update.version,
        "kind": update.kind,
        "result": update.result,
        "message": update.message,
        "started": update.started.isoformat(),
        "ended": update.ended.isoformat() if update.ended else None,
        "changes": dict(update.changes),
    }
