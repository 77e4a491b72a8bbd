from __future__ import annotations

import pytest

from tests.inventories import FOLDER, all_programs, file_of, inventory

PROGRAMS = all_programs()


@pytest.mark.parametrize("stack", PROGRAMS)
def test_a_stack_declares_what_its_inventory_lists(stack: str) -> None:
    assert inventory(PROGRAMS[stack]) == file_of(stack).read_text(), "run: python -m tests.inventories"


def test_every_inventory_belongs_to_a_stack() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(PROGRAMS)


def test_regions_of_a_fleet_declare_the_same_resources() -> None:
    prod = {file_of(name).read_text() for name, stack in PROGRAMS.items() if stack.fleet == "prod" and stack.region}
    assert len(prod) == 1
