"""`check`: what does not hold is told at its line, with exit code 4. No engine runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from regions.load import load_fleet
from regions.tokens import fleet_tokens
from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]

RULE = """
from regionctl.proofs.rules import objection


def no_caches(evidence):
    for facts, resource in evidence.resources():
        if resource.type == "gcp:redis/instance:Instance":
            yield objection("ACME_9", resource, facts, "is a cache", "live without one", path="memorySizeGb")
"""


def add(fleet: Holding, text: str) -> list[str]:
    """Adds to the file of staging's eu-west; returns its lines."""
    file = fleet.file("staging/eu-west.yaml")
    file.write_text(file.read_text() + text)
    return file.read_text().splitlines()


def test_a_change_of_one_region_fails_where_its_file_says_it(fleet: Holding) -> None:
    lines = add(fleet, "\ndatabase:\n  tier: db-custom-2-7680\n  backup_location: us\n")
    said = fleet.run("--fleet", "staging", "check", "parity", "residency")
    assert said.code == 4
    tier, backups = (f"regions/staging/eu-west.yaml:{lines.index(line) + 1}:" for line in lines[-2:])
    parity, residency = said.out.split("\nresidency ")
    assert f"{tier}9: staging.eu-west database-instance settings.tier: database.tier is db-custom-2-7680" in parity
    assert f"{backups}20: staging.eu-west database-instance settings.backupConfiguration.location" in residency


def test_a_region_that_is_called_like_its_location_is_alike_its_sisters(
    fleet: Holding,
) -> None:
    file = fleet.file("prod/us-east.yaml")
    file.with_name("us-east1.yaml").write_text(file.read_text())
    file.unlink()
    for name in ("fleet.yaml", "requests.yaml"):
        specs = fleet.file(f"prod/{name}")
        specs.write_text(re.sub(r"\bus-east\b", "us-east1", specs.read_text()))
    said = fleet.run("--json", "check", "parity")
    assert said.code == 0, said.out + said.err
    tokens = fleet_tokens(load_fleet(fleet.root / "regions", "prod"))
    assert tokens["prod.us-east1"]["us-east1"] == "location or region"
    assert tokens["prod.eu-west"]["eu-west"] == tokens["prod.eu-west"]["europe-west1"] == "location or region"


def test_the_shipped_fleet_holds_and_a_rule_of_ones_own_is_checked_with_it(fleet: Holding) -> None:
    (fleet.root / "rules").mkdir()
    (fleet.root / "rules" / "ours.py").write_text(RULE)
    said = fleet.run("--fleet", "staging", "--json", "check")
    assert said.code == 4
    results = {check["name"]: check["holds"] for check in said.json["checks"]}
    assert results == {
        "parity": True,
        "isolation": True,
        "residency": True,
        "baseline": True,
        "secrets": True,
        "rules": False,
    }
    (_, _, _, _, _, rules) = said.json["checks"]
    assert {finding["rule"] for finding in rules["findings"]} == {"ACME_9"}
    assert {Path(finding["source"]["file"]).name for finding in rules["findings"]} == {"fleet.yaml"}
    assert said.json["holds"] is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "partiy"), ("no check is called 'partiy'", "did you mean parity?")),
        (("check", "rules"), ("rules: no such folder",)),
        (("check", "--rules", "nowhere"), ("nowhere: no such folder",)),
        (("check", "--fleets", "prod,nowhere"), ("no fleet 'nowhere'",)),
        (("check", "--fleets", "prod,,staging"), ("--fleets", "staging,prod")),
        (("check", "--format", "html"), ("html",)),
    ],
)
def test_a_mistake_in_the_command_is_one_line(
    fleet: Holding, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    said = fleet.run(*arguments)
    assert said.code == 1
    assert all(word in said.err for word in words)
    assert said.out == ""
    assert said.err.count("Error: ") == 1
