"""Finding a declared resource by what people call it."""

from __future__ import annotations

from regionctl.model.declaration import Declaration, Resource
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command, did_you_mean

from .plain import in_line


class UnknownResource(RegionctlError):
    """The stack declares no such resource."""

    def __init__(self, stack: str, name: str, known: list[str]) -> None:
        self.stack = stack
        self.name = name
        hint = did_you_mean(name, known, f"{command('show', stack)} lists them")
        super().__init__(f"{stack} declares no resource {name!r}", hint=hint)


# The inputs that name a resource in its cloud, in the order in which they decide.
_NAMING = ("name", "accountId", "secretId", "repositoryId", "projectId", "dashboardId", "bucketId", "service", "role")


def name_in_cloud(resource: Resource) -> str | None:
    """What the resource is called in its cloud, where an input says so."""
    found = (resource.inputs.get(key) for key in _NAMING)
    return next((in_line(value) for value in found if isinstance(value, str)), None)


def find(declaration: Declaration, name: str) -> tuple[Resource, ...]:
    """The resources with this URN, logical name or cloud name. Raises UnknownResource."""
    by_urn = declaration.resources.get(name)
    if by_urn is not None:
        return (by_urn,)
    named = declaration.named(name) or tuple(r for r in declaration.resources.values() if name_in_cloud(r) == name)
    if not named:
        raise UnknownResource(declaration.stack, name, [r.name for r in declaration.resources.values()])
    return named
