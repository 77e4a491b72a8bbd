"""In which order stacks run: each after those that it needs."""

from __future__ import annotations

import pytest

from fleet.run_progress import waves
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram, Target


def stack(name: str, *needs: str) -> StackProgram:
    return StackProgram(
        project="p",
        name=f"f.{name}",
        fleet="f",
        region=None,
        target=Target.SANDBOX,
        run=lambda: None,
        needs=tuple(f"f.{one}" for one in needs),
    )


def test_a_wave_has_what_needs_earlier_waves_alone_in_the_order_of_the_programs() -> None:
    programs = [stack("edge", "west", "east"), stack("west", "auth"), stack("east", "auth", "elsewhere"), stack("auth")]
    assert [[one.short for one in wave] for wave in waves(programs)] == [["auth"], ["west", "east"], ["edge"]]


def test_stacks_that_need_each_other_are_named_and_those_that_wait_for_them_are_not() -> None:
    programs = [stack("auth"), stack("west", "auth", "east"), stack("east", "west"), stack("edge", "west")]
    with pytest.raises(RegionctlError) as circle:
        list(waves(programs))
    assert circle.value.what in {
        "stacks need each other: f.west, which needs f.east, which needs f.west",
        "stacks need each other: f.east, which needs f.west, which needs f.east",
    }
