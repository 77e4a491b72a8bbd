"""The draw of a region within a locality: weighted rendezvous hashing."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from stacks.routing import draw
from stacks.worker_code import WORKER_DIR

VECTORS: dict[str, Any] = json.loads((WORKER_DIR / "test" / "vectors" / "placement.json").read_text(encoding="utf-8"))

NAMES = ("ap-south", "eu-central", "eu-north", "eu-west", "us-east", "us-west")
WEIGHTS = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 1000), min_size=2)
KEYS = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")


def keys(count: int, start: int = 20261127) -> list[str]:
    source = random.Random(start)
    return [f"{source.getrandbits(128):032x}" for _ in range(count)]


@pytest.mark.parametrize("of", VECTORS["draws"], ids=lambda of: "-".join(of["weights"]))
def test_the_vectors_that_the_worker_draws_by_too(of: Mapping[str, Any]) -> None:
    assert {key: draw(of["weights"], key) for key in of["regions"]} == of["regions"]


def test_the_order_in_which_regions_are_given_changes_nothing() -> None:
    weights = {"eu-central": 50, "eu-west": 100, "eu-north": 70}
    backwards = dict(reversed(weights.items()))
    assert [draw(weights, key) for key in keys(200)] == [draw(backwards, key) for key in keys(200)]


@seed(1)
@settings(max_examples=300)
@given(WEIGHTS, KEYS, st.data())
def test_a_region_that_takes_nobody_any_more_loses_its_own_keys_and_no_other_moves(
    weights: dict[str, int], key: str, data: st.DataObject
) -> None:
    closed = data.draw(st.sampled_from(sorted(weights)))
    before, after = draw(weights, key), draw({name: weights[name] for name in weights if name != closed}, key)
    assert after != closed
    assert before in {closed, after}


@seed(2)
@settings(max_examples=300)
@given(WEIGHTS, KEYS, st.data())
def test_a_weight_that_rises_wins_keys_for_its_region_alone(
    weights: dict[str, int], key: str, data: st.DataObject
) -> None:
    raised = data.draw(st.sampled_from(sorted(weights)))
    before, after = draw(weights, key), draw({**weights, raised: weights[raised] + data.draw(st.integers(1, 500))}, key)
    assert after in {before, raised}


@pytest.mark.parametrize(
    "weights",
    [
        {"eu-central": 100, "eu-west": 100},
        {"eu-central": 50, "eu-west": 100},
        {"eu-north": 1, "eu-west": 99},
        {"us-central": 30, "us-east": 100, "us-south": 5, "us-west": 65},
    ],
    ids=str,
)
def test_shares_follow_the_weights(weights: dict[str, int]) -> None:
    """Within five standard deviations of a binomial share, which one run in a million misses: the seed is fixed."""
    drawn, total = 20_000, sum(weights.values())
    counted = Counter(draw(weights, key) for key in keys(drawn))
    for region, weight in weights.items():
        share = weight / total
        deviation = math.sqrt(drawn * share * (1 - share))
        assert abs(counted[region] - drawn * share) < 5 * deviation
