"""`regionctl check residency` and `check baseline`, as a reviewer of a branch runs them."""

from __future__ import annotations

from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]

EXCUSED = """
exceptions:
  residency:
    residency/outside:
      reason: the law of the customer asks for a copy in the United States
      expires: 2099-12-31
      resources: [database-instance]
"""


def append(fleet: Holding, text: str) -> list[str]:
    """Adds to eu-west's file and gives its lines."""
    file = fleet.root / "regions" / "prod" / "eu-west.yaml"
    file.write_text(file.read_text() + text)
    return file.read_text().splitlines()


def test_backups_outside_fail_at_the_line_that_sends_them_there(fleet: Holding) -> None:
    lines = append(fleet, "\ndatabase:\n  backup_location: us-central1\n")
    said = fleet.run("check", "residency")
    line = lines.index("  backup_location: us-central1") + 1
    assert said.code == 4
    assert f"regions/prod/eu-west.yaml:{line}:20: prod.eu-west database-instance" in said.out
    assert "backups rest in us-central1 (us), outside jurisdiction eu" in said.out


def test_an_exception_with_a_reason_excuses_it_and_stands_in_the_report(fleet: Holding) -> None:
    append(fleet, f"\ndatabase:\n  backup_location: us\n{EXCUSED}")
    said = fleet.run("check", "residency", "--format", "markdown")
    assert said.code == 0
    row = next(line for line in said.out.splitlines() if "daily backups of the database | excused" in line)
    assert "excused until 2099-12-31: the law of the customer asks for a copy in the United States" in row
    assert "| backups | us (us) |" in row


def test_a_flag_against_the_baseline_fails_at_its_line(fleet: Holding) -> None:
    lines = append(fleet, "\ndatabase:\n  flags:\n    log_statement: none\n")
    said = fleet.run("--json", "check", "baseline")
    assert said.code == 4
    (check,) = said.json["checks"]
    (finding,) = check["findings"]
    assert finding["rule"] == "CKV_GCP_111"
    assert finding["source"]["file"] == "regions/prod/eu-west.yaml"
    assert finding["source"]["line"] == lines.index("    log_statement: none") + 1
    assert check["counts"]["fail"] == 1
