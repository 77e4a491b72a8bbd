"""Declared exceptions: each with its reason and its last day, or a problem at its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from regionctl.model.errors import SpecError
from regions.load import load_fleet
from tests.regions.conftest import SHIPPED

GOOD = """
exceptions:
  parity:
    database.tier:
      reason: most users are here
      expires: 2027-06-30
  baseline:
    CKV_GCP_62:
      reason: it holds the access logs itself
      expires: 2027-06-30
      resources: [storage-access-logs]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "prod"
    copy.mkdir()
    for file in (SHIPPED / "prod").glob("*.yaml"):
        (copy / file.name).write_text(file.read_text())
    return tmp_path


def with_exceptions(folder: Path, text: str) -> Path:
    file = folder / "prod" / "eu-west.yaml"
    file.write_text(file.read_text() + text)
    return folder


def test_a_region_declares_exceptions_by_check(folder: Path) -> None:
    declared = load_fleet(with_exceptions(folder, GOOD), "prod").region("eu-west").exceptions
    assert declared.parity["database.tier"].reason == "most users are here"
    assert declared.parity["database.tier"].expires == date(2027, 6, 30)
    assert declared.baseline["CKV_GCP_62"].resources == ("storage-access-logs",)


@pytest.mark.parametrize(
    ("good", "bad", "what"),
    [
        ("2027-06-30", "30.6.2027", "a day such as 2027-06-30 is wanted"),
        ("2027-06-30", "2027-02-30", "a day such as 2027-06-30 is wanted"),
        ("2027-06-30", "20270630", "a day such as 2027-06-30 is wanted"),
        ("most users are here", "why not", "a reason of 10 to 300 characters"),
        ("reason: most users are here", "resources: [a]", "unknown key"),
        ("parity:", "partiy:", "unknown key"),
        ("database.tier", "database tier", "a path of the spec"),
    ],
)
def test_an_exception_that_says_too_little_is_a_problem(folder: Path, good: str, bad: str, what: str) -> None:
    with pytest.raises(SpecError) as error:
        load_fleet(with_exceptions(folder, GOOD.replace(good, bad, 1)), "prod")
    assert any(what in problem.what for problem in error.value.problems)
