"""A program that is the same registers its resources in the same order, wherever they lie in memory."""

from __future__ import annotations

from pathlib import Path

from regionctl.render import render
from regions.load import load_fleet
from stacks.programs import programs

ROOT = Path(__file__).parents[2]


def test_the_order_of_a_region_s_resources_does_not_depend_on_what_lies_in_memory() -> None:
    region = programs(load_fleet(ROOT / "regions", "prod"))["prod.eu-west"]
    first = list(render(region).resources)
    between = []
    for count in range(1, 6):
        between.append([object() for _ in range(count)])  # whatever comes next lies elsewhere
        assert list(render(region).resources) == first
