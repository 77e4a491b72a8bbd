"""What `activate`, `drain` and `close` did, and what comes next."""

from __future__ import annotations

from cli.views.console import note, say, warn
from cli.views.header import print_next
from cli.views.text import Text
from fleet.lifecycle import Transition


def print_transition(transition: Transition) -> None:
    if not transition.changes:
        note(f"{transition.region} is {transition.after} already; nothing was changed")
    if transition.probed:
        note(f"{transition.probed.origin.host} answers: {transition.probed.said}")
    if transition.skipped is not None:
        warn(Text(f"its origin was not asked: {transition.skipped}", "yellow"))
    if transition.changes:
        say(f"{transition.file}: lifecycle: {transition.before} -> {transition.after}")
    print_next(transition.following)


def transition_document(transition: Transition) -> dict[str, object]:
    probed = transition.probed
    return {
        "version": 1,
        "kind": "lifecycle",
        "region": transition.region,
        "file": transition.file,
        "changed": transition.changes,
        "before": str(transition.before),
        "after": str(transition.after),
        "probe": {"host": probed.origin.host, "answers": probed.answers, "said": probed.said} if probed else None,
        "probeSkipped": transition.skipped,
        "next": list(transition.following),
    }
