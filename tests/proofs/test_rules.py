"""Rules of one's own: functions in a folder, and a clear line where one of them is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from regionctl.model.errors import Position
from regionctl.proofs import DeclaredException, Evidence, Proof, prove
from regionctl.proofs.rules import NoRules, RuleFailed, rules_check, rules_in
from tests.proofs.evidence import TODAY, alone, shipped

EU = "prod.eu-west"
GOOD = '''
"""Our own."""

from regionctl.proofs import Evidence, Finding
from regionctl.proofs.rules import objection


def _buckets(evidence):
    for facts, resource in evidence.resources():
        if resource.type == "gcp:storage/bucket:Bucket":
            yield facts, resource


def buckets_are_called_so(evidence: Evidence):
    for facts, resource in _buckets(evidence):
        if not str(resource.inputs["name"]).endswith("-bucket"):
            yield objection("ACME_1", resource, facts, "is not called a bucket", "call it so", path="name")
'''


def rules(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "ours.py").write_text(text)
    return folder


def proof(folder: Path, evidence: Evidence | None = None) -> Proof:
    return prove([rules_check(rules_in(folder))], evidence or alone(shipped("prod"), EU))


def test_each_public_function_of_a_file_is_a_rule(tmp_path: Path) -> None:
    assert [rule.name for rule in rules_in(rules(tmp_path, GOOD))] == ["buckets_are_called_so"]


def test_what_a_rule_objects_to_fails_at_the_line_that_makes_the_resource(tmp_path: Path) -> None:
    findings = proof(rules(tmp_path, GOOD)).failures
    assert {(finding.rule, finding.check, finding.path) for finding in findings} == {("ACME_1", "rules", "name")}
    assert {finding.source.file for finding in findings if finding.source} == {"components/storage.py"}


def test_an_exception_by_the_rules_id_excuses_it_on_the_resources_it_names(tmp_path: Path) -> None:
    exception = DeclaredException(
        check="rules",
        key="ACME_1",
        stack=EU,
        reason="named before we had the rule",
        expires=TODAY,
        source=Position("regions/prod/eu-west.yaml", 20, 5),
        resources=("storage-access-logs",),
    )
    evidence = replace(alone(shipped("prod"), EU), exceptions=(exception,))
    assert [finding.resource for finding in proof(rules(tmp_path, GOOD), evidence).failures] == [
        "storage-uploads-bucket"
    ]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("def wrong(evidence:\n", "ours.py:1", "not Python"),
        ("import no_such_module_here\n", "ours.py:1", "ModuleNotFoundError"),
        ("\n\ndef wrong(evidence):\n    yield evidence.nothing\n", "ours.py:4", "rule wrong raised AttributeError"),
        ("def wrong(evidence):\n    return 5\n", "ours.py", "rule wrong raised TypeError"),
        ("def wrong(evidence):\n    yield 'a text'\n", "ours.py", "gives str, not findings"),
        ("def wrong():\n    return []\n", "ours.py", "rule wrong raised TypeError"),
    ],
)
def test_a_rule_that_is_wrong_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, where: str, what: str
) -> None:
    evidence = alone(shipped("prod"), EU)
    rules(tmp_path / "rules", text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuleFailed) as error:
        proof(Path("rules"), evidence)
    assert what in error.value.what
    assert str(error.value.where).startswith(f"rules/{where}")
    assert "\n" not in str(error.value)


def test_a_folder_without_rules_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", rules(tmp_path / "empty", "def _helper(evidence): ...\n")):
        with pytest.raises(NoRules):
            rules_in(folder)
