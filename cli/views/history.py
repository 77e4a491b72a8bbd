"""A stack's history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.views.console import note
from cli.views.tables import print_table
from cli.views.text import Text
from cli.views.times import moment, span

if TYPE_CHECKING:
    from regionctl.engine.state.history import Update

_UNCHANGED = frozenset({"same", "read", "refresh"})


def history_document(stack: str, updates: Sequence[Update]) -> dict[str, Any]:
    return {"version": 1, "kind": "history", "stack": stack, "updates": [_json(one) for one in updates]}


def print_history(stack: str, updates: Sequence[Update]) -> None:
    if updates:
        print_table(("started", "what", "result", "took", "changes, with components"), [_row(one) for one in updates])
    else:
        note(f"nothing was done to {stack} yet")


def _row(update: Update) -> list[Text | str]:
    changes = ", ".join(f"{count} {op}" for op, count in update.changes.items() if op not in _UNCHANGED)
    return [
        moment(update.started),
        update.kind,
        Text(update.result, "" if update.result == "succeeded" else "red"),
        span(update.ended - update.started) if update.ended else "",
        changes or "none",
    ]


def _json(update: Update) -> dict[str, object]:
    return {
        "version": update.version,
        "kind": update.kind,
        "result": update.result,
        "message": update.message,
        "started": update.started.isoformat(),
        "ended": update.ended.isoformat() if update.ended else None,
        "changes": dict(update.changes),
    }
