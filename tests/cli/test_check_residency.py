"""`regionctl check residency baseline`, as a reviewer of a branch runs them."""

from __future__ import annotations

from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]


def test_what_a_branch_breaks_fails_at_the_line_that_breaks_it(fleet: Holding) -> None:
    file = fleet.file("prod/eu-west.yaml")
    file.write_text(
        file.read_text() + "\ndatabase:\n  backup_location: us-central1\n  flags:\n    log_statement: none\n"
    )
    lines = file.read_text().splitlines()
    said = fleet.run("--json", "check", "residency", "baseline")
    assert said.code == 4
    found = {
        finding["rule"]: (finding["stack"], finding["source"]["file"], lines[finding["source"]["line"] - 1].strip())
        for check in said.json["checks"]
        for finding in check["findings"]
    }
    assert found == {
        "residency/outside": ("prod.eu-west", "regions/prod/eu-west.yaml", "backup_location: us-central1"),
        "CKV_GCP_111": ("prod.eu-west", "regions/prod/eu-west.yaml", "log_statement: none"),
    }
    residency, baseline = said.json["checks"]
    assert {(r["kind"], r["location"]) for r in residency["resting"]} >= {("backups", "us-central1")}
    assert baseline["counts"]["fail"] == 1
