"""What the process of a revision answers (`exporter.py`, `encode.py`), line by line, as typed values.

It runs the code of a revision, which may be anybody's: nothing is executed here, and data that is not of the format is
refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from regionctl.model.errors import Position, Problem, RegionctlError, SpecError
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

from .compare import StackFacts

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


_FORMAT = 1


class RevisionFailed(RegionctlError):
    """The code of a revision failed. `where` names the revision as git does: `main:components/database.py:12`."""

    def __init__(self, revision: str | None, what: str, *, where: str | None, hint: str | None) -> None:
        self.revision = revision
        super().__init__(what, where=_at(revision, where), hint=hint)


class OtherLayout(RegionctlError):
    """The revision is laid out in another way than this release of regionctl can render."""

    def __init__(self, revision: str | None, reason: str) -> None:
        self.revision = revision
        super().__init__(
            f"{revision or 'the checkout'} has another layout, which cannot be rendered ({reason})",
            hint="compare with a later revision" if revision else "run it in the root of the checkout",
        )


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """One revision: every stack that it has, and what those declare that were asked for, or why that is not known."""

    stacks: tuple[str, ...] = ()
    declared: Mapping[str, Declaration | RegionctlError] = field(default_factory=dict)
    facts: Mapping[str, StackFacts] = field(default_factory=dict)


def read(lines: Iterable[str], revision: str | None) -> Rendered:
    """The whole answer. `revision` is None for the checkout.

    Raises SpecError, RevisionFailed (also where it is not all of one), OtherLayout, and UnreadableAnswer.
    """
    try:
        return _read(lines, revision)
    except UnreadableAnswer as error:
        raise UnreadableAnswer(error.reason, where=revision or "the checkout") from error


def _read(lines: Iterable[str], revision: str | None) -> Rendered:
    documents = (_document(line) for line in lines)
    first = next(documents, None)
    if first is None:
        raise _ended(revision)
    if first.get("format") != _FORMAT:
        raise UnreadableAnswer(f"format {first.get('format')!r}")
    if "error" in first:
        raise _error(first["error"], revision)
    declared: dict[str, Declaration | RegionctlError] = {}
    facts: dict[str, StackFacts] = {}
    for document in documents:
        if "end" in document:
            return Rendered(stacks=texts(first.get("stacks")), declared=declared, facts=facts)
        stack = _facts(document)
        facts[stack.stack] = stack
        declared[stack.stack] = _declared(document, revision)
    raise _ended(revision)


def _document(line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer("it is no JSON") from error
    return object_(document)


def _declared(document: Mapping[str, Any], revision: str | None) -> Declaration | RegionctlError:
    if "error" in document:
        return _error(document["error"], revision)
    return declaration(document.get("declaration"))


def _facts(document: Mapping[str, Any]) -> StackFacts:
    region = document.get("region")
    return StackFacts(
        stack=text(document.get("stack")),
        fleet=text(document.get("fleet")),
        region=None if region is None else text(region),
        target=text(document.get("target")),
    )


def _error(data: Any, revision: str | None) -> RegionctlError:
    match data:
        case {"problems": [_, *_] as problems}:
            return SpecError([_problem(object_(problem), revision) for problem in problems])
        case {"layout": str(reason)}:
            return OtherLayout(revision, reason)
        case {"what": str(what), "where": str() | None as where, "hint": str() | None as hint}:
            return RevisionFailed(revision, what, where=where, hint=hint)
        case _:
            raise UnreadableAnswer("an error is none")


def _problem(data: Mapping[str, Any], revision: str | None) -> Problem:
    match data:
        case {"file": str(file), "line": int(line), "column": int(column), "what": str(what), "hint": hint}:
            where = Position(_at(revision, file) or file, line, column)
            return Problem(where, what, None if hint is None else text(hint))
        case _:
            raise UnreadableAnswer("a problem is none")


def _at(revision: str | None, where: str | None) -> str | None:
    """A place in a file of a revision, as git writes it: `main:regions/prod/fleet.yaml`."""
    return f"{revision}:{where}" if revision and where else where or revision


def _ended(revision: str | None) -> RegionctlError:
    return RevisionFailed(
        revision,
        "its process ended before it had rendered every stack",
        where=None,
        hint="memory may be short: name fewer stacks",
    )
