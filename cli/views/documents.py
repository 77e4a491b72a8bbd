"""JSON on stdout: one document a command."""

from __future__ import annotations

import json
from typing import Any

from cli.views.console import flush, json_data
from regionctl.render.plain import plain


def print_json(document: Any, *, at_once: bool = False) -> None:
    """Anything that JSON has no word for is said as views say it: no value ends a command.

    `at_once`: on one line, for a program that waits for it.
    """
    indent = None if at_once else 2
    try:
        text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False, default=plain)
    except ValueError:  # NaN and infinity, which a state can hold and JSON cannot
        text = json.dumps(plain(document), indent=indent, ensure_ascii=False)
    json_data(text)
    if at_once:
        flush()
