"""Imports inside functions are there for start-up time, or they are not there: each is in a list, with its reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tools.imports_inside import costing, inside

LIST = Path(__file__).with_name("imports_inside.toml")


def test_every_import_inside_a_function_is_in_the_list_with_its_reason() -> None:
    reasons = tomllib.loads(LIST.read_text(encoding="utf-8"))["reason"]
    listed = {(file, name) for one in reasons for file, names in one["files"].items() for name in names}
    assert all(one["why"] for one in reasons)
    found = {(file, name) for file, name, _ in inside()}
    assert found - listed == set(), "import it at the top of the module, or say in tests/imports_inside.toml why not"
    assert listed - found == set(), "these are gone: take them out of tests/imports_inside.toml"


def test_what_an_import_costs_is_the_time_of_all_modules_that_it_loads() -> None:
    said = """\
import time: self [us] | cumulative | imported package
import time:      9000 |       9000 | site
--- now the import of the function
import time:       500 |        500 |     httpx._models
import time:      1500 |       2500 |   httpx
import time:       250 |        250 | rich
"""
    cost = costing("fleet/probes.py", "httpx", said)
    assert (cost.ms, cost.heaviest) == (2.25, ("httpx", 2.0))
    assert costing("fleet/probes.py", "json", said.partition("---")[0]).heaviest is None


def test_an_import_is_measured_by_its_whole_statement() -> None:
    """`from .runs import automation` loads a module that `.runs` does not name."""
    assert any(name == ".runs" and "automation" in statement for _, name, statement in inside())
