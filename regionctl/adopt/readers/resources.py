"""Makes a `Found` of each resource that any reader read, and one of each member of a grant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, Field

from regionctl.adopt.inventory import Expression, Found
from regionctl.adopt.kinds import AdoptType, types
from regionctl.adopt.shapes import pulumi_properties, schema_of
from regionctl.model.errors import Position
from regionctl.model.values import SECRET_MASK
from regionctl.providers.facts import facts_of

AUDIT: Final = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
PROJECT_GRANT: Final = "gcp:projects/iAMMember:IAMMember"
_PLACES: Final = ("location", "region", "zone")
_LINKS: Final = ("keyRing", "cryptoKeyId", "secret", "network")  # what a resource lies in, by its full name


class Binding(BaseModel):
    """One role of a policy, and who has it."""

    role: str
    members: list[str] = []
    condition: dict[str, Any] | None = None


class Policy(BaseModel):
    """An IAM policy, as every API of Google's writes it: https://cloud.google.com/iam/docs/reference/rest/v1/Policy"""

    bindings: list[Binding] = []
    audits: list[dict[str, Any]] = Field(default=[], alias="auditConfigs")


def found(
    kind: AdoptType | None,
    called: str,
    values: Mapping[str, Any],
    where: Position,
    *,
    label: str,
    import_id: str | None = None,
    places: Mapping[str, Position] | None = None,
    from_state: bool = False,
) -> Found:
    """`values` have the export's names; `label` is what the export calls the resource, where it has no name."""
    if kind is None:
        properties = dict(values)
        return Found(
            type=called,
            name=_text(properties.get("name")) or label,
            where=where,
            properties=properties,
            known=False,
            import_id=import_id,
            project=_text(properties.get("project")),
            location=_location(properties),
        )
    told = kind.told_by(import_id, kind.import_id) if import_id else {}
    said = _without_secrets(kind.token, pulumi_properties(kind.token, values))
    properties = {**told, **{name: value for name, value in said.items() if not (name in told and _unsaid(value))}}
    project = _text(properties.get("project"))
    return Found(
        type=kind.token,
        name=_text(properties.get(kind.name)) or label,
        where=where,
        properties=properties,
        import_id=kind.id_of(properties, project) or import_id or (_text(values.get("id")) if from_state else None),
        project=project or _project_in(import_id, properties),
        location=_location(properties),
        places=places or {},
    )


def another_providers(type_: str, label: str, where: Position, provider: str) -> Found:
    """A resource that lies in no project of Google Cloud. Its values are not kept: a password may be one of them."""
    return Found(type=type_, name=label, where=where, properties={}, known=False, provider=provider)


def grants(
    token: str,
    values: Mapping[str, Any],
    policy: Policy,
    where: Position,
    *,
    places: Mapping[str, Position] | None = None,
) -> Iterator[Found]:
    """A grant for each member of each binding, whoever of the three (member, binding, policy) said it."""
    for binding in policy.bindings:
        for member in binding.members:
            one = {**values, "role": binding.role, "member": member}
            if binding.condition:
                one["condition"] = binding.condition
            yield found(types()[token], token, one, where, label=f"{binding.role} {member}", places=places)
    if token == PROJECT_GRANT:
        for audit in policy.audits:
            yield found(types()[AUDIT], AUDIT, {**values, **audit}, where, label=str(audit.get("service")))


def _unsaid(value: Any) -> bool:
    return value is None or isinstance(value, Expression)


def _without_secrets(token: str, properties: dict[str, Any]) -> dict[str, Any]:
    """What the provider's tables call secret goes no further than this."""
    schema = schema_of(token)
    if schema is None:
        return properties
    hidden = {path.partition(".")[0].removesuffix("[]") for path in facts_of(schema).secret} | schema.secrets
    return {name: SECRET_MASK if name in hidden and value else value for name, value in properties.items()}


def _location(properties: Mapping[str, Any]) -> str | None:
    value = next((properties[key] for key in _PLACES if isinstance(properties.get(key), str)), None)
    return value.rsplit("/", 1)[-1].lower() if value else None


def _project_in(import_id: str | None, properties: Mapping[str, Any]) -> str | None:
    for text in (import_id, *(properties.get(name) for name in _LINKS)):
        parts = text.split("/") if isinstance(text, str) else []
        if "projects" in parts[:-1]:
            return parts[parts.index("projects") + 1]
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
