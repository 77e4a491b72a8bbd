"""Renders one component in a program of its own, without the rest of a region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from regionctl.model.program import SecretKind, SecretSlot, StackProgram, Target
from regionctl.render import Declaration, Resource, Secret, render

SECRET = "canary"


def declared(declare: Callable[[], object]) -> Declaration:
    """What a program declares. It may read the secret `SECRET` from its config."""
    return render(
        StackProgram(
            project="alone",
            name="test.alone",
            fleet="test",
            region=None,
            target=Target.SANDBOX,
            run=lambda: (declare(), None)[1],
            secrets={SECRET: SecretSlot(kind=SecretKind.GENERATED)},
        )
    )


def only(declaration: Declaration, kind: str) -> Resource:
    """The one resource of a type, by its class's name."""
    (found,) = every(declaration, kind)
    return found


def every(declaration: Declaration, kind: str) -> list[Resource]:
    """The resources of a type, by its class's name, in the order of their names."""
    return sorted((r for r in declaration.resources.values() if r.type.endswith(f":{kind}")), key=lambda r: r.name)


def named(declaration: Declaration, name: str) -> Resource:
    """The one resource of this logical name that is not a component."""
    (found,) = (r for r in declaration.named(name) if r.custom)
    return found


def at(resource: Resource, path: str) -> Any:
    """An input by its path: `settings.backupConfiguration.location`, `rules.0.values`."""
    value: Any = resource.inputs
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else cast(Mapping[str, Any], value)[step]
    return value


def waits_for(declaration: Declaration, resource: Resource, other: Resource) -> bool:
    """Whether `resource` depends on `other`, over any number of steps."""
    seen: set[str] = set()
    ahead = [resource.urn]
    while ahead:
        urn = ahead.pop()
        if urn in seen:
            continue
        seen.add(urn)
        ahead += declaration.resources[urn].dependencies
    return other.urn in seen - {resource.urn}


def is_secret(value: object) -> bool:
    return isinstance(value, Secret)
