"""A declaration from the JSON data that `encode.py` wrote.

What writes it runs the code of a revision, which may be anybody's: nothing is executed here, and data that is not of
the format is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from regionctl.model.errors import Position, RegionctlError
from regionctl.model.urn import Urn
from regionctl.render import (
    UNKNOWN,
    Alias,
    Asset,
    CustomTimeouts,
    Declaration,
    Options,
    Reference,
    Resource,
    Secret,
    Symbol,
    Symbolic,
    Value,
)

T = TypeVar("T")


class UnreadableAnswer(RegionctlError):
    """The process of a revision (`where`) answered with something that is no declaration. `reason` says why not."""

    def __init__(self, reason: str, *, where: str | None = None) -> None:
        self.reason = reason
        super().__init__(f"its process answered with something that is no declaration: {reason}", where=where)


def declaration(data: Any) -> Declaration:
    """Raises UnreadableAnswer."""
    fields = object_(data)
    resources = [_resource(item) for item in _list(_get(fields, "resources"))]
    return Declaration(
        project=text(_get(fields, "project")),
        stack=text(_get(fields, "stack")),
        resources={resource.urn: resource for resource in resources},
        outputs=_values(_get(fields, "outputs")),
        warnings=texts(_get(fields, "warnings")),
    )


def value(data: Any) -> Value:
    """One value of a declaration. Raises UnreadableAnswer."""
    if isinstance(data, list):
        return [value(item) for item in data]
    if not isinstance(data, dict):
        return _scalar(data)
    match data:
        case {"$map": items}:
            return {text(key): value(item) for key, item in object_(items).items()}
        case {"$symbolic": written, "symbols": symbols}:
            return Symbolic(text(written), tuple(_symbol(symbol) for symbol in _list(symbols)))
        case {"$unknown": True}:
            return UNKNOWN
        case {"$secret": held}:
            return Secret(value(held))
        case {"$reference": urn}:
            return Reference(text(urn))
        case {"$asset": content, "kind": kind, "archive": archive}:
            held = text(content) if isinstance(content, str) else _values(content)
            return Asset(text(kind), held, _flag(archive))
        case _:
            return _plain_object(data)


def _resource(data: Any) -> Resource:
    fields = object_(data)
    dependencies = object_(_get(fields, "property_dependencies"))
    return Resource(
        urn=_urn(_get(fields, "urn")),
        type=text(_get(fields, "type")),
        name=text(_get(fields, "name")),
        custom=_flag(_get(fields, "custom")),
        inputs=_values(_get(fields, "inputs")),
        parent=_optional(text, fields, "parent"),
        dependencies=texts(_get(fields, "dependencies")),
        property_dependencies={key: texts(urns) for key, urns in dependencies.items()},
        options=_options(_get(fields, "options")),
        outputs=_values(_get(fields, "outputs")),
        read_id=_optional(_read_id, fields, "read_id"),
        created_at=_optional(_position, fields, "created_at"),
    )


def _options(data: Any) -> Options:
    fields = object_(data)
    return Options(
        protect=_optional(_flag, fields, "protect"),
        retain_on_delete=_optional(_flag, fields, "retain_on_delete"),
        delete_before_replace=_optional(_flag, fields, "delete_before_replace"),
        ignore_changes=texts(fields.get("ignore_changes", [])),
        replace_on_changes=texts(fields.get("replace_on_changes", [])),
        replace_with=texts(fields.get("replace_with", [])),
        additional_secret_outputs=texts(fields.get("additional_secret_outputs", [])),
        aliases=tuple(_alias(alias) for alias in _list(fields.get("aliases", []))),
        import_id=_optional(text, fields, "import_id"),
        custom_timeouts=_optional(_timeouts, fields, "custom_timeouts"),
        deleted_with=_optional(text, fields, "deleted_with"),
        provider=_optional(text, fields, "provider"),
        providers={key: text(urn) for key, urn in object_(fields.get("providers", {})).items()},
        version=_optional(text, fields, "version"),
        plugin_download_url=_optional(text, fields, "plugin_download_url"),
    )


def _alias(data: Any) -> Alias:
    fields = object_(data)
    return Alias(
        urn=_optional(_urn, fields, "urn"),
        name=_optional(text, fields, "name"),
        type=_optional(text, fields, "type"),
        stack=_optional(text, fields, "stack"),
        project=_optional(text, fields, "project"),
        parent_urn=_optional(_urn, fields, "parent_urn"),
        no_parent=_flag(fields.get("no_parent", False)),
    )


def _timeouts(data: Any) -> CustomTimeouts:
    fields = object_(data)
    return CustomTimeouts(
        create=_optional(text, fields, "create"),
        update=_optional(text, fields, "update"),
        delete=_optional(text, fields, "delete"),
    )


def _position(data: Any) -> Position:
    match data:
        case [str(file), int(line), int(column)]:
            return Position(file, line, column)
        case _:
            raise UnreadableAnswer("a place in a file is none")


def _symbol(data: Any) -> Symbol:
    match data:
        case [str(source), str(property_)]:
            return Symbol(source, property_)
        case _:
            raise UnreadableAnswer("a symbol is none")


def _read_id(data: Any) -> str:
    read = value(data)
    if not isinstance(read, str):
        raise UnreadableAnswer("the id of a resource that is read is no text")
    return read


def _urn(data: Any) -> str:
    """`urn:pulumi:<stack>::<project>::<types>::<name>`."""
    try:
        return str(Urn.parse(text(data)))
    except ValueError:
        raise UnreadableAnswer("a URN is none") from None


def _values(data: Any) -> Mapping[str, Value]:
    found = value(data)
    if not isinstance(found, dict):
        raise UnreadableAnswer("properties are no object")
    return found


def _plain_object(data: Mapping[str, Any]) -> dict[str, Value]:
    if any(key.startswith("$") for key in data):
        raise UnreadableAnswer("a value is of no known kind")
    return {key: value(item) for key, item in data.items()}


def _scalar(data: Any) -> Value:
    if data is None or isinstance(data, bool | int | float | str):
        return data
    raise UnreadableAnswer("a value is of no known kind")


def _get(fields: Mapping[str, Any], name: str) -> Any:
    if name not in fields:
        raise UnreadableAnswer(f"{name} is missing")
    return fields[name]


def _optional(read: Callable[[Any], T], fields: Mapping[str, Any], name: str) -> T | None:
    found = fields.get(name)
    return None if found is None else read(found)


def object_(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise UnreadableAnswer("an object is none")
    return data


def _list(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise UnreadableAnswer("a list is none")
    return data


def text(data: Any) -> str:
    if not isinstance(data, str):
        raise UnreadableAnswer("a text is none")
    return data


def texts(data: Any) -> tuple[str, ...]:
    return tuple(text(item) for item in _list(data))


def _flag(data: Any) -> bool:
    if not isinstance(data, bool):
        raise UnreadableAnswer("a flag is none")
    return data
