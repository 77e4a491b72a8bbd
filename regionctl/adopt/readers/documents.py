"""JSON, with the place where it is broken."""

from __future__ import annotations

import json
from typing import Any

from regionctl.adopt.inventory import unreadable
from regionctl.errors import Position


def parse(source: bytes | str, file: str, line: int) -> Any:
    """One document that starts at `line` of the file. Raises UnreadableExport."""
    try:
        return json.loads(source)
    except json.JSONDecodeError as error:
        where = Position(file, line + error.lineno - 1, error.colno)
        cut_off = error.pos >= len(error.doc.rstrip())
        what = "the file ends in the middle of a document" if cut_off else f"this is not JSON ({error.msg})"
        hint = "export it again: this one was cut off" if cut_off else "mend the line, or export it again"
        raise unreadable(where, what, hint) from error
