"""The guide to staging, as a new user types it: from nothing to probes that pass, through a failure, and back."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from regionctl.sandbox.clouds import status
from regionctl.sandbox.store import Store
from stacks.worker_code import WORKER_DIR
from tests.docs.console import Example, examples
from tests.docs.test_readme import ROOT, run

GUIDE = ROOT / "docs" / "guides" / "staging.md"


def tell(example: Example, checkout: Path) -> None:
    actual = run(example, checkout)
    assert example.matches(actual), (
        f"{example.page}:{example.line}: `{example.command}` prints\n\n{actual}\ninstead of\n\n{example.output}"
    )


def lose_a_service(checkout: Path) -> None:
    """Behind everybody's back, as an incident does."""
    data = checkout / ".regionctl" / "sandbox" / "staging.db"
    with contextlib.closing(Store(data)) as store, store.transaction() as clouds:
        for row in clouds.of_type("gcp:cloudrunv2/service:Service"):
            if row.name == "sync-service" and "eu-west" in row.project:
                clouds.delete(row.key)


FAILED_PROBE = Example(
    "an incident",
    1,
    "regionctl bootstrap staging || echo exit code $?",
    """\
...
failed  origin   eu-west ... leads to a Cloud Run service 'sync', which does not exist
passed  origin   us-east ...
15 probes, 1 failed
...
Error: 1 of 15 probes did not pass; apply it again: regionctl --fleet staging up eu-west --refresh
exit code 4
""",
)


@pytest.mark.engine
@pytest.mark.timeout(1200)  # a whole fleet six times, also on a machine that is busy
@pytest.mark.skipif(not (WORKER_DIR / "node_modules" / "workerd").is_dir(), reason="npm ci --prefix worker")
def test_the_guide_to_staging_prints_what_it_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "regions", tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    steps = list(examples(GUIDE))
    apart = next(index for index, step in enumerate(steps) if "--down" in step.command)
    for step in steps[:apart]:
        tell(step, tmp_path)
    lose_a_service(tmp_path)
    tell(FAILED_PROBE, tmp_path)
    for step in steps[apart:]:
        tell(step, tmp_path)
    left = status(tmp_path / ".regionctl" / "sandbox" / "staging.db")
    assert left.types == {}
    assert left.tombstones
