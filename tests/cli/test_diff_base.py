"""`regionctl diff --base REV` in a clone of this project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.app import run
from tests.revision.small import ROOT, git

PACKAGES = ("regions", "components", "stacks", "cli", "regionctl", "worker")
CACHE = "components/cache.py"
EARLIER, LATER = "maintenance_hour_utc: Input[int] = 4", "maintenance_hour_utc: Input[int] = 5"


@dataclass(frozen=True)
class Clone:
    root: Path
    capsys: pytest.CaptureFixture[str]

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def run(self, *args: str) -> tuple[int, str, str]:
        """The exit code, stdout and stderr."""
        self.capsys.readouterr()
        code = run(list(args))
        said = self.capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clone") / "regionctl"
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", ".wrangler")
        shutil.copytree(ROOT / package, root / package, ignore=ignored)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "base")
    return root


@pytest.fixture
def clone(
    committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Clone:
    root = tmp_path / "regionctl"
    git(tmp_path, "clone", "--quiet", str(committed), str(root))
    monkeypatch.chdir(root)
    return Clone(root, capsys)


def changed(stack: Any) -> Sequence[tuple[str, str, list[str]]]:
    return [(one["op"], one["name"], [change["path"] for change in one["diff"]]) for one in stack["steps"]]


def test_a_changed_default_of_a_component_shows_in_every_region(clone: Clone) -> None:
    clone.edit(CACHE, EARLIER, LATER)
    names = ("eu-west", "us-east")
    code, out, err = clone.run("--fleet", "staging", "diff", *names, "--base", "main", "--json", "--detailed-exitcode")
    document = json.loads(out)
    assert (code, document["kind"], document["version"]) == (2, "revision", 1)
    assert document["base"] == {"revision": "main", "commit": git(clone.root, "rev-parse", "HEAD").strip()}
    path = "maintenancePolicy.weeklyMaintenanceWindows[0].startTime.hours"
    assert {stack["stack"]: changed(stack) for stack in document["stacks"]} == {
        "staging.eu-west": [("update", "cache-instance", [path])],
        "staging.us-east": [("update", "cache-instance", [path])],
    }
    assert len(document["folded"]) == 1
    assert "it cannot know drift, what was never applied, and what the cloud assigns" in err
    assert git(clone.root, "worktree", "list").count("\n") == 1
    assert git(clone.root, "status", "--porcelain") == f" M {CACHE}\n"


def test_a_new_region_a_removed_one_and_a_replacement_are_told_in_text(clone: Clone) -> None:
    regions = clone.root / "regions" / "staging"
    (regions / "us-east.yaml").rename(regions / "us-south.yaml")
    clone.edit("regions/staging/eu-west.yaml", "addresses: ", "addresses: 10.77.0.0/16 # ")
    names = ("eu-west", "us-east", "us-south")
    code, out, err = clone.run("--fleet", "staging", "-q", "diff", *names, "--base", "main", "--full")
    assert code == 0
    assert "replaced because of ipCidrRange; deleted first" in out
    assert "${network-workloads.id} -> [unknown]" in out
    assert "Warning: staging.us-east is no longer declared" in err
    assert "Compared with" not in err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["eu-west", "--base", "main", "--refresh"], "--refresh does not go with --base"),
        (["eu-west", "--base", "main", "--target", "urn:x"], "--target does not go with --base"),
        (["eu-west", "--all", "--base", "main"], "name stacks or give --all, not both"),
        (["--base", "main"], "no stack is named"),
        (["eu-west", "--base", "man"], "the repository has no revision 'man'"),
        (["eu-wst", "--base", "main"], "no stack is called 'eu-wst'; did you mean eu-west"),
    ],
)
def test_what_cannot_be_compared_is_one_line(clone: Clone, args: list[str], says: str) -> None:
    code, out, err = clone.run("-q", "diff", *args)
    assert (code, out) == (1, "")
    assert err.startswith(f"Error: {says}")
    assert err.count("\n") == 1


def test_a_mistake_in_the_bases_specs_is_told_with_the_revision(clone: Clone) -> None:
    clone.edit("regions/prod/eu-west.yaml", "jurisdiction: eu", "jurisdicton: eu")
    git(clone.root, "commit", "--quiet", "--all", "--message", "a mistake")
    clone.edit("regions/prod/eu-west.yaml", "jurisdicton: eu", "jurisdiction: eu")
    code, _, err = clone.run("-q", "diff", "eu-west", "--base", "HEAD")
    assert code == 1
    assert "Error: HEAD:regions/prod/eu-west.yaml:7:1: jurisdicton: unknown key" in err
