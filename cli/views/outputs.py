"""A stack's outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.views.console import note, say
from cli.views.console import value as print_bare
from cli.views.documents import print_json
from regionctl.render.plain import in_line


def outputs_document(stack: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": 1, "kind": "outputs", "stack": stack, "outputs": dict(outputs)}


def print_outputs(stack: str, outputs: Mapping[str, Any]) -> None:
    if not outputs:
        note(f"{stack} has no outputs until it is applied")
    width = max((len(name) for name in outputs), default=0)
    for name in sorted(outputs):
        say(f"{name:<{width}}  {in_line(outputs[name])}")


def print_output(value: Any) -> None:
    """One value alone, for use in a script: a string bare, anything else as JSON."""
    if isinstance(value, str):
        print_bare(value)
    else:
        print_json(value)
