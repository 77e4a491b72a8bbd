"""Turns a declaration's values into JSON data, for people and documents: nothing secret is in it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from typing import Any

from regionctl.model.printable import in_json
from regionctl.model.values import SECRET_MASK, UNKNOWN_MASK, Asset, Reference, Secret, Unknown

_UNSAID: tuple[object, ...] = (None, False, (), {})


def plain(value: Any) -> Any:
    """A value of a declaration as JSON data: `"[secret]"`, `"[unknown]"`, symbols as their text.

    Nothing is left that JSON cannot take: of a dataclass the fields that say something, of anything else its text.
    """
    match value:
        case Secret():
            return SECRET_MASK
        case Unknown():
            return UNKNOWN_MASK
        case Reference(urn):
            return urn
        case Asset("path" | "uri" as kind, content):
            return f"[{kind} asset, {content}]"
        case Asset(kind, content):
            return f"[{kind} asset, {len(content)} {'characters' if isinstance(content, str) else 'files'}]"
        case str():
            return str(value)
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case Sequence() | Set() if not isinstance(value, bytes):
            return [plain(item) for item in value]
        case _ if is_dataclass(value):  # an option of a resource: what it says alone
            said = {field.name: getattr(value, field.name) for field in fields(value)}
            return {key: plain(item) for key, item in said.items() if item not in _UNSAID}
        case _:
            return str(value)


def in_line(value: Any) -> str:
    """One value on one line: strings bare where that is unambiguous, everything else as JSON would say it."""
    value = plain(value)
    if isinstance(value, str) and value and value == value.strip() and value.isprintable():
        return value
    return in_json(json.dumps(value, ensure_ascii=False))
