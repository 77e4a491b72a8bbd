"""The guide on checks, as a new user types it; its rule is one that works."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from regionctl.proofs import prove
from regionctl.proofs.rules import rules_check, rules_in
from tests.docs.console import examples
from tests.docs.test_readme import ROOT, run
from tests.proofs.evidence import shipped

GUIDE = ROOT / "docs" / "guides" / "checks.md"
RULE = re.compile(r"^```python\n# rules/(\w+\.py)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(600)
def test_the_guide_to_checks_prints_what_it_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "regions", tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    steps = list(examples(GUIDE))
    assert len(steps) == 5
    for step in steps:
        actual = run(step, tmp_path)
        assert step.matches(actual), f"line {step.line}: `{step.command}` prints\n\n{actual}"


def test_the_rule_of_the_guide_finds_what_the_guide_says(tmp_path: Path) -> None:
    ((file, code),) = RULE.findall(GUIDE.read_text())
    (tmp_path / file).write_text(code)
    failures = prove([rules_check(rules_in(tmp_path))], shipped("staging")).failures
    assert {(finding.stack, finding.rule, finding.message) for finding in failures} == {
        (stack, "ACME_1", "keeps 7 backups") for stack in ("staging.auth", "staging.eu-west", "staging.us-east")
    }
