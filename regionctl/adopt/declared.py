"""Gives each declared resource the identity that its cloud would know it by, to look for it in an export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from regionctl.adopt.inventory import Found
from regionctl.adopt.kinds import AdoptType, types
from regionctl.model.declaration import Declaration, Resource
from regionctl.model.urn import name_of
from regionctl.model.values import SECRET_MASK, Secret, Symbolic, Unknown

ANY: Final = "*"  # stands in a text for what only the cloud knows
_ACCOUNT: Final = "gcp:serviceaccount/account:Account"
_AGENT: Final = "gcp:projects/serviceIdentity:ServiceIdentity"
_SQL_USER: Final = "gcp:sql/user:User"
ACCOUNT_DOMAIN: Final = ".gserviceaccount.com"


@dataclass(frozen=True)
class Unsaid:
    """A declared value of which nothing is known before an apply."""


UNSAID: Final = Unsaid()


@dataclass(frozen=True, kw_only=True)
class Declared:
    """`identity` may hold ANY. `inputs` are resolved as far as the program and names tell."""

    resource: Resource
    kind: AdoptType
    identity: str | None
    inputs: Mapping[str, Any]

    @property
    def urn(self) -> str:
        return self.resource.urn

    @property
    def name(self) -> str:
        return self.resource.name


def declared(declaration: Declaration, config: Mapping[str, str]) -> tuple[Declared, ...]:
    """The resources of the types that exports know, in the order of their declaration."""
    resolver = Resolver(declaration, config.get("gcp:project"))
    kinds = types()
    return tuple(
        Declared(
            resource=resource,
            kind=kinds[resource.type],
            identity=identity(kinds[resource.type], resolver.inputs(resource.urn), resolver.project),
            inputs=resolver.inputs(resource.urn),
        )
        for resource in declaration.resources.values()
        if resource.type in kinds
    )


def identity(kind: AdoptType, properties: Mapping[str, Any], project: str | None) -> str | None:
    """What tells a resource from all others of its type; None where the properties do not say it."""
    if kind.key:
        key, owner = kind.key_of(properties), properties.get("project") or project or ""
        return None if key is None or not isinstance(owner, str) else "|".join((owner, *map(_last, key)))
    found = kind.id_of(properties, project)
    return found.removesuffix(ACCOUNT_DOMAIN) if found and kind.token == _SQL_USER else found


def identity_of(found: Found) -> str | None:
    return identity(types()[found.type], found.properties, found.project) if found.known else None


def _last(value: str) -> str:
    return value.rsplit("/", 1)[-1]


class Resolver:
    """Says what symbols stand for: ids, names and addresses that follow from the program's own inputs."""

    def __init__(self, declaration: Declaration, project: str | None) -> None:
        self._declaration = declaration
        self._inputs: dict[str, Mapping[str, Any]] = {}
        self.project = project

    def inputs(self, urn: str) -> Mapping[str, Any]:
        if urn not in self._inputs:
            self._inputs[urn] = {}  # a resource that names itself resolves to nothing
            resource = self._declaration.resources[urn]
            self._inputs[urn] = {name: self._value(value) for name, value in resource.inputs.items()}
        return self._inputs[urn]

    def _value(self, value: Any) -> Any:
        match value:
            case Symbolic():
                return self._text(value)
            case Secret():
                return SECRET_MASK
            case Unknown():
                return UNSAID
            case Mapping():
                return {key: self._value(item) for key, item in value.items()}
            case list():
                return [self._value(item) for item in value]
            case _:
                return value

    def _text(self, text: Symbolic) -> str:
        resolved = str(text)
        for symbol in text.symbols:
            name = name_of(symbol.source)
            written = f"${{{name}.{symbol.property}}}"
            value = self._symbol(symbol.source, symbol.property, alone=resolved == written)
            resolved = resolved.replace(written, value)
        return resolved

    def _symbol(self, source: str, property_: str, *, alone: bool) -> str:
        resource = self._declaration.resources.get(source)
        kind = types().get(resource.type) if resource else None
        if resource is None or kind is None:
            return ANY
        inputs = self.inputs(source)
        if property_ in inputs and isinstance(inputs[property_], str):
            return str(inputs[property_])
        if resource.type == _ACCOUNT and property_ in {"email", "member"}:
            email = f"{inputs.get('accountId')}@{inputs.get('project') or self.project}.iam{ACCOUNT_DOMAIN}"
            return email if property_ == "email" else f"serviceAccount:{email}"
        if resource.type == _AGENT and property_ == "member":
            # https://cloud.google.com/iam/docs/service-agents
            return f"serviceAccount:service-{ANY}{ACCOUNT_DOMAIN}" if alone else ANY
        if property_ in {"id", "selfLink"} and not kind.key:
            return kind.id_of(inputs, self.project) or ANY
        return ANY
