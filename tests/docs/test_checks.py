"""The guide on checks, as a new user types it; its rule is one that works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from regionctl.proofs import prove
from regionctl.proofs.rules import rules_check, rules_in
from tests.docs.console import ROOT, prints_what_it_shows
from tests.proofs.evidence import shipped

GUIDE = ROOT / "docs" / "guides" / "checks.md"
RULE = re.compile(r"^```python\n# rules/(\w+\.py)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(600)
def test_the_guide_to_checks_prints_what_it_shows(tmp_path: Path) -> None:
    prints_what_it_shows(GUIDE, tmp_path, commands=5)


def test_the_rule_of_the_guide_finds_what_the_guide_says(tmp_path: Path) -> None:
    ((file, code),) = RULE.findall(GUIDE.read_text())
    (tmp_path / file).write_text(code)
    failures = prove([rules_check(rules_in(tmp_path))], shipped("staging")).failures
    assert {(finding.stack, finding.rule, finding.message) for finding in failures} == {
        (stack, "ACME_1", "keeps 7 backups") for stack in ("staging.auth", "staging.eu-west", "staging.us-east")
    }
