"""A declaration's values as JSON data, for people and documents: nothing secret is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .declaration import Asset, Reference, Secret, Unknown

SECRET = "[secret]"
UNKNOWN = "[unknown]"


def plain(value: Any) -> Any:
    """A value of a declaration as JSON data: `"[secret]"`, `"[unknown]"`, symbols as their text."""
    match value:
        case Secret():
            return SECRET
        case Unknown():
            return UNKNOWN
        case Reference(urn):
            return urn
        case Asset("path" | "uri" as kind, content):
            return f"[{kind} asset, {content}]"
        case Asset(kind, content):
            return f"[{kind} asset, {len(content)} {'characters' if isinstance(content, str) else 'files'}]"
        case str():
            return str(value)
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case Sequence():
            return [plain(item) for item in value]
        case _:
            return value
