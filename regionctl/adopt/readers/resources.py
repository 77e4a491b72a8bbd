"""What every reader makes of what it read: one `Found`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from regionctl.adopt.inventory import SECRET, Found
from regionctl.adopt.kinds import AdoptType
from regionctl.adopt.shapes import pulumi_properties, schema_of
from regionctl.errors import Position
from regionctl.sandbox.rules import facts_of

_PLACES: Final = ("location", "region", "zone")
_LINKS: Final = ("keyRing", "cryptoKeyId", "secret", "network")  # what a resource lies in, by its full name


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
            name=str(properties.get("name") or label),
            where=where,
            properties=properties,
            known=False,
            import_id=import_id,
            project=_text(properties.get("project")),
            location=_location(properties),
        )
    told = kind.told_by(import_id, kind.template) if import_id else {}
    properties = {**told, **_without_secrets(kind.token, pulumi_properties(kind.token, values))}
    project = _text(properties.get("project"))
    return Found(
        type=kind.token,
        name=_text(properties.get(kind.name)) or label,
        where=where,
        properties=properties,
        import_id=kind.import_id(properties, project) or import_id or (_text(values.get("id")) if from_state else None),
        project=project or _project_in(import_id, properties),
        location=_location(properties),
        places=places or {},
    )


def _without_secrets(token: str, properties: dict[str, Any]) -> dict[str, Any]:
    """What the provider's tables call secret goes no further than this."""
    schema = schema_of(token)
    if schema is None:
        return properties
    hidden = {path.partition(".")[0].removesuffix("[]") for path in facts_of(schema).secret} | schema.secrets
    return {name: SECRET if name in hidden and value else value for name, value in properties.items()}


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
