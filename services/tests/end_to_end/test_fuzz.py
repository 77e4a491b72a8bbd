"""Nothing crosses tenants, whoever asks for whatever. `make bench` asks 5,000 times."""

from __future__ import annotations

import pytest

from tests.end_to_end.fleet import Fleet
from tests.end_to_end.fuzz import Fuzz


@pytest.mark.timeout(300)
async def test_the_region_that_answers_is_the_workspaces_and_no_answer_crosses_tenants(fleet: Fleet) -> None:
    outcome = await Fuzz(fleet, seed=7).run(400)
    assert outcome.faults == [], "\n".join(outcome.faults[:5])
    assert outcome.requests == 400
    assert int(outcome.statuses["200"]) > 50
