"""Every workflow keeps the rules, and each rule finds what breaks it."""

from __future__ import annotations

import subprocess

import pytest

from tests.workflows.actionlint import actionlint
from tests.workflows.reading import ROOT, File, files
from tests.workflows.rules import violations

FILES = files()
GOOD = """\
on: [pull_request]
permissions: {}
concurrency: one
jobs:
  job:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@0123456789012345678901234567890123456789 # v5.0.0
        with:
          persist-credentials: false
      - run: echo "$TITLE"
"""


def test_actionlint_has_nothing_to_say() -> None:
    done = subprocess.run([actionlint()], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("name", FILES)
def test_the_rules_hold(name: str) -> None:
    assert violations(FILES[name]) == []


def test_a_workflow_that_keeps_the_rules_is_let_through() -> None:
    assert violations(File("w.yml", GOOD)) == []


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("@0123456789012345678901234567890123456789 # v5.0.0", "@v5", "actions/checkout@v5 is not pinned by a commit"),
        (" # v5.0.0", "", "does not say its version"),
        ('echo "$TITLE"', "echo ${{ github.event.pull_request.title }}", "an expression inside of a script"),
        ('echo "$TITLE"', 'echo "$TITLE"\n        env:\n          KEY: ${{ secrets.KEY }}', "takes a secret"),
        ("on: [pull_request]", "on: [pull_request_target]", "runs on pull_request_target"),
        ('echo "$TITLE"', "curl -fsSL https://get.example.com | sh", "pipes a download to a shell"),
        (
            '- run: echo "$TITLE"',
            f"- uses: google-github-actions/auth@{'0' * 40} # v3\n      - uses: ./.github/actions/engine",
            "job installs something after it logged in",
        ),
        ("permissions: {}\n", "", "does not start from no permissions"),
        ("    permissions:\n      contents: read\n", "", "job does not say its permissions"),
        ("contents: read", "contents: write", "job may write contents"),
        ("contents: read", "id-token: write", "job gives an identity to a fork"),
        ("contents: read", "id-token: write", "job asks for an identity that it does not use"),
        ("actions/checkout@", "google-github-actions/auth@", "job takes an identity outside of an environment"),
        ("persist-credentials: false", "fetch-depth: 0", "a checkout keeps the token"),
        ("    timeout-minutes: 5\n", "", "job has no time limit"),
        ("ubuntu-24.04", "ubuntu-latest", "job runs on ubuntu-latest"),
        ("concurrency: one\n", "", "has no concurrency group"),
    ],
)
def test_what_breaks_a_rule_is_found(good: str, bad: str, says: str) -> None:
    assert good in GOOD
    found = violations(File("w.yml", GOOD.replace(good, bad, 1)))
    assert any(says in line for line in found), found


def test_a_run_for_a_pull_request_never_takes_its_code() -> None:
    text = GOOD.replace("[pull_request]", "[workflow_run]").replace(
        "persist-credentials: false",
        "persist-credentials: false\n          ref: ${{ github.event.workflow_run.head_sha }}",
    )
    assert violations(File("w.yml", text)) == ["w.yml: checks out what a pull request says"]


def test_the_checks_run_what_ci_runs() -> None:
    commands = [step["run"] for step in FILES["checks.yml"].steps if "run" in step]
    assert commands == ["bash .ci/run"]
