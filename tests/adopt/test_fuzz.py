"""Damaged exports, one reader after another: each is read, or refused in a line with its place. Never a traceback."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fleet.proposal.naming import propose_names
from fleet.proposal.readings import Keys, Readings
from regionctl.adopt.classify import Rule, classify, rules
from regionctl.adopt.declared import Declared, declared
from regionctl.adopt.readers import read
from regionctl.adopt.report import Undecided, document, markdown
from regionctl.model.errors import Position, SpecError
from tests.adopt.clouds import us_east
from tests.adopt.exports import (
    API_TF,
    GRANTED,
    JSON_SYNTAX,
    KNATIVE,
    NETWORK,
    NETWORK_ASSET,
    NETWORK_TF,
    PROJECT,
    PROJECT_ASSET,
    asset,
    in_terraform,
    resource,
    state,
)
from tests.adopt.test_readers import SQL_ASSET, SQL_STATE, SQL_TF
from tests.mutants import in_bytes, in_values

POLICY = {"name": "secure", "rules": [{"priority": 1000, "action": "allow"}]}
ASSETS = (
    NETWORK_ASSET
    + PROJECT_ASSET
    + json.dumps(SQL_ASSET)
    + "\n"
    + asset("run.googleapis.com/Service", f"projects/{PROJECT}/locations/us-east1/services/api", KNATIVE, "us-east1")
    + asset("compute.googleapis.com/SecurityPolicy", f"projects/{PROJECT}/regions/us-east1/securityPolicies/a", POLICY)
    + GRANTED["a policy of an asset"][1]
)
STATE = state(
    resource("google_compute_network", "main", {"attributes": NETWORK}),
    SQL_STATE,
    resource("google_cloud_run_service", "api", {"attributes": {**in_terraform(KNATIVE), "project": PROJECT}}),
    json.loads(GRANTED["a binding in a state"][1])["resources"][0],
    json.loads(GRANTED["a policy in a state"][1])["resources"][0],
)
HCL = NETWORK_TF + SQL_TF + API_TF + GRANTED["a binding in HCL"][1]
RULES = """\
[[rule]]
type = ["google_compute_*", "gcp:sql/*"]
name = "old-*"
class = "not-essential"
because = "goes away"
with = { settings.tier = "db-*", labels = { a = "b" } }
"""
MUTANTS = 400  # of each file


@pytest.fixture(scope="module")
def looked_for() -> tuple[Declared, ...]:
    program, declaration = us_east()
    return declared(declaration, program.config)


def everything(folder: Path, looked_for: tuple[Declared, ...], table: list[Rule]) -> None:
    """What `classify` and `plan` do with an export, but for rendering the program again."""
    coverage = classify(read(folder), looked_for, table, project=PROJECT, location="us-east1")
    json.dumps(document("prod.us-east", coverage), ensure_ascii=False).encode()
    markdown("prod.us-east", coverage).encode()
    if coverage.blocking:
        str(Undecided(coverage.blocking)).encode()
    readings = Readings([row.found for row in coverage.rows], {})
    readings.read(Keys(services=["api"], workers=["background"], secrets=["session-key"], buckets=["uploads"]))
    propose_names(coverage, PROJECT, readings.chosen)


@pytest.mark.parametrize(
    ("name", "text", "mutate"),
    [
        ("assets.jsonl", ASSETS, in_bytes),
        ("assets.jsonl", ASSETS, in_values),
        ("s.tfstate", STATE, in_bytes),
        ("s.tfstate", STATE, in_values),
        ("main.tf", HCL, in_bytes),
        ("main.tf.json", JSON_SYNTAX, in_values),
    ],
)
def test_a_damaged_export_is_read_or_refused_in_a_line(
    tmp_path: Path,
    looked_for: tuple[Declared, ...],
    name: str,
    text: str,
    mutate: Callable[[str, random.Random], bytes],
) -> None:
    table = list(rules())
    refused = 0
    for seed in range(MUTANTS):
        content = mutate(text, random.Random(f"{name}{mutate.__name__}{seed}"))
        (tmp_path / name).write_bytes(content)
        try:
            everything(tmp_path, looked_for, table)
        except SpecError as error:
            refused += 1
            assert_in_lines(error)
        except Exception as error:  # what must not be, with the mutant that did it
            raise AssertionError(f"mutant {seed}: {content!r}") from error
    assert 0 < refused < MUTANTS


def test_a_damaged_table_of_rules_is_read_or_refused_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    found = read_of(tmp_path / "export")
    for seed in range(MUTANTS):
        content = in_bytes(RULES, random.Random(f"rules{seed}"))
        file.write_bytes(content)
        try:
            for rule in rules(file):
                rule.covers(found)
        except SpecError as error:
            assert_in_lines(error)
        except Exception as error:
            raise AssertionError(f"mutant {seed}: {content!r}") from error


def read_of(folder: Path) -> Any:
    folder.mkdir()
    (folder / "main.tf").write_text(SQL_TF)
    (found,) = read(folder).resources
    return found


def assert_in_lines(error: SpecError) -> None:
    """Each problem is one line: where it is, what it is, what to do."""
    for problem in error.problems:
        assert isinstance(problem.where, Position)
        assert problem.where.line > 0
        assert problem.where.column > 0
        assert problem.what
        assert problem.hint
        assert "\n" not in problem.what, problem.what
