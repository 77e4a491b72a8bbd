"""Damaged saved plans: each is refused in a line that names the file, or is not the one that was sealed."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path

from regionctl.review.savedplan import SavedPlanError, TamperedPlan, read, sealed, verify
from regionctl.review.savedplan.compare import expired
from tests.mutants import in_bytes, in_values
from tests.savedplan.plans import saved

MUTANTS = 250  # in bytes, and as many in values
KEY = b"k" * 32
BY_HAND = (b"", b"\xff", b"[" * 100_000, b'{"kind": "saved-plan", "version": 1e999}', b'{"kind": "\\udfff"}')


def test_a_damaged_plan_is_refused_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    document = sealed(saved(), KEY).model_dump(mode="json")
    text = json.dumps(document)
    mutants = [in_bytes(text, random.Random(f"bytes{seed}")) for seed in range(MUTANTS)]
    mutants += [in_values(text, random.Random(f"values{seed}")) for seed in range(MUTANTS)]
    tampered, said = 0, []
    for content in (*mutants, *BY_HAND):
        file.write_bytes(content)
        try:
            plan = read(file)
            str(expired(plan, datetime.now(UTC))).encode()
            verify(plan, KEY, str(file))
        except SavedPlanError as error:
            tampered += isinstance(error, TamperedPlan)
            said.append(str(error))
        except Exception as error:  # what must not be, with the mutant that did it
            raise AssertionError(f"{content!r}") from error
        else:
            assert plan == sealed(saved(), KEY), "a changed plan passed"
    assert tampered > 0
    assert all(str(file) in line and "\n" not in line for line in said)
