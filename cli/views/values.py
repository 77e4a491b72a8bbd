"""How values look: secrets masked, unknowns as such, everything else as JSON would say it."""

from __future__ import annotations

import json
from typing import Any

from regionctl.model.printable import in_json
from regionctl.render.plain import plain

__all__ = ["plain", "text"]


def text(value: Any) -> str:
    """One value on one line: strings bare where that is unambiguous."""
    value = plain(value)
    if isinstance(value, str) and value and value == value.strip() and value.isprintable():
        return value
    return in_json(json.dumps(value, ensure_ascii=False))
