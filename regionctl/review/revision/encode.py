"""Encodes a declaration as JSON data, in the process of a revision with that revision's own renderer.

Plain values are themselves. A special value is an object with one key that starts with `$`; an object of the program
that has such a key is wrapped as `{"$map": {...}}`. `answers.py` reads it.

This file runs with the packages of another revision, so that it imports nothing of regionctl but its renderer's types,
and takes of them what they have.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regionctl.render import Asset, Reference, Secret, Symbolic, Unknown

_PLAIN = frozenset({str, bool, int, float, type(None)})


def declaration_json(declaration: Any) -> dict[str, Any]:
    """A `regionctl.render.Declaration`."""
    return {
        "project": declaration.project,
        "stack": declaration.stack,
        "resources": [_resource(resource) for resource in declaration.resources.values()],
        "outputs": value_json(declaration.outputs),
        "warnings": list(declaration.warnings),
    }


def _resource(resource: Any) -> dict[str, Any]:
    place = getattr(resource, "created_at", None)
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "custom": resource.custom,
        "inputs": value_json(resource.inputs),
        "parent": resource.parent,
        "dependencies": list(resource.dependencies),
        "property_dependencies": {key: list(urns) for key, urns in resource.property_dependencies.items()},
        "options": _fields(resource.options),
        "outputs": value_json(resource.outputs),
        "read_id": value_json(resource.read_id),
        "created_at": [place.file, place.line, place.column] if place else None,
    }


def _fields(value: Any) -> Any:
    """Options, which are plain but for the dataclasses among them. What is None or empty is left out."""
    if dataclasses.is_dataclass(value):
        found = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: _fields(item) for name, item in found.items() if item not in (None, (), {})}
    if isinstance(value, Mapping):
        return {key: _fields(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_fields(item) for item in value]
    return str(value) if isinstance(value, str) else value


def value_json(value: Any) -> Any:
    """One value of a declaration."""
    if type(value) in _PLAIN:
        return value
    match value:
        case Symbolic():
            return {"$symbolic": str(value), "symbols": [[symbol.source, symbol.property] for symbol in value.symbols]}
        case Unknown():
            return {"$unknown": True}
        case Secret():
            return {"$secret": value_json(value.value)}
        case Reference():
            return {"$reference": value.urn}
        case Asset():
            content = _with_digest(str(value.content)) if value.kind == "path" else value_json(value.content)
            return {"$asset": content, "kind": value.kind, "archive": value.archive}
        case Mapping():
            items = {key: value_json(item) for key, item in value.items()}
            return {"$map": items} if any(key.startswith("$") for key in items) else items
        case _:
            return [value_json(item) for item in value]


def _with_digest(path: str) -> str:
    """The path from the root of the tree, and what lies there: the same path holds something else in each revision."""
    place = Path(path)
    files = [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())
    shown = os.path.relpath(place)
    if not files:
        return shown
    digest = hashlib.sha256()
    for file in files:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{os.path.relpath(file, place)} {content}\n".encode())
    return f"{shown} (sha256 {digest.hexdigest()})"
