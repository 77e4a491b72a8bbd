"""Tests run on the PostgreSQL that fleets run."""

from __future__ import annotations

import re
from pathlib import Path

from tests.postgres import TestDatabase

FLEETS = Path(__file__).resolve().parents[3] / "regions"


async def test_the_major_version_of_the_specs_is_that_of_the_tests(empty_database: TestDatabase) -> None:
    files = [file for file in FLEETS.glob("*/*.yaml") if "major_version" in file.read_text(encoding="utf-8")]
    said = {int(n) for file in files for n in re.findall(r"major_version: (\d+)", file.read_text(encoding="utf-8"))}
    [row] = await empty_database.fetch("SELECT current_setting('server_version_num')::int / 10000 AS major")
    assert said == {row["major"]}
