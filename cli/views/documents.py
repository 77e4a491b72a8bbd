"""JSON on stdout: one document a command."""

from __future__ import annotations

import json
from typing import Any

from cli.views.console import json_data, note
from regionctl.render.plain import plain


def print_json(document: Any) -> None:
    """Anything that JSON has no word for is said as views say it: no value ends a command."""
    try:
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False, default=plain)
    except ValueError:  # NaN and infinity, which a state can hold and JSON cannot
        text = json.dumps(plain(document), indent=2, ensure_ascii=False)
    json_data(text)


def print_done(command: str, said: str, *, as_json: bool, changed: bool = True, stack: str | None = None) -> None:
    """Of a command that does something and has no data to print: what it did, and with `--json` that as a document."""
    if as_json:
        print_json({"version": 1, "kind": "done", "command": command, "changed": changed, "stack": stack, "said": said})
    else:
        note(said)
