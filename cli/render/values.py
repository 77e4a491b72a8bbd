"""How values look: secrets masked, unknowns as such, everything else as JSON would say it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from regionctl.render import Asset, Reference, Secret, Unknown

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


def text(value: Any) -> str:
    """One value on one line: strings bare where that is unambiguous."""
    value = plain(value)
    if isinstance(value, str) and value and value == value.strip() and "\n" not in value:
        return value
    return json.dumps(value, ensure_ascii=False)
