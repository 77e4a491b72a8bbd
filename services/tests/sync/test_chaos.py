"""Instances that are killed while clients read and somebody writes. The full size is measured by `make bench`."""

from __future__ import annotations

import pytest

from tests.postgres import Server
from tests.sync.chaos import Plan, chaos


@pytest.mark.timeout(300)
async def test_no_change_is_lost_doubled_or_out_of_order_while_instances_are_killed(server: Server) -> None:
    outcome = await chaos(Plan(clients=40, kills=6, writes=25), server)
    assert outcome.faults == []
    assert (outcome.kills, outcome.written) == (6, 150)
    assert outcome.connections > outcome.clients
