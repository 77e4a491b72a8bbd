"""How an apply's end is told."""

from __future__ import annotations

import pytest

from cli.views.plan import print_outcome
from regionctl.engine import Kind, Op, Plan, Status, Step


def outcome(*statuses: Status) -> Plan:
    steps = [Step(op=Op.CREATE, urn=f"urn:{status}", type="gcp:a:A", name=status, status=status) for status in statuses]
    return Plan(
        stack="prod.eu-west", fleet="prod", region="eu-west", target="sandbox", kind=Kind.UP, steps=tuple(steps)
    )


def test_what_was_skipped_is_laid_to_a_failure_only_where_something_failed(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcome(outcome(Status.FAILED, Status.SKIPPED))
    assert "skipped, because they need what failed: skipped" in capsys.readouterr().err
    print_outcome(outcome(Status.DONE, Status.SKIPPED))
    said = capsys.readouterr().err
    assert "skipped, because the run ended before them: skipped" in said
    assert "failed" not in said
