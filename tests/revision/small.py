"""A small project in a git repository: a stack a JSON file, a resource an entry of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regionctl.engine import Op, Plan
from regionctl.review.revision import Recipe, RevisionDiff, diff

ROOT = Path(__file__).parents[2]
NETWORK = "gcp:compute/network:Network"
_RENDERER = (
    "__init__.py",
    "model",
    "system/processes.py",
    "render",
    "sdk",
)

PROGRAMS = """
import json
from functools import partial
from pathlib import Path

import pulumi

from regionctl.model.program import StackProgram, Target


def programs(folder):
    return {f"prod.{file.stem}": program(file) for file in sorted(Path(folder).glob("*.json"))}


def program(file):
    return StackProgram(
        project="regionctl",
        name=f"prod.{file.stem}",
        fleet="prod",
        region=file.stem,
        target=Target.SANDBOX,
        run=partial(run, json.loads(file.read_text())),
    )


def run(spec):
    print("a program may print what it likes")
    for name, inputs in spec.items():
        pulumi.CustomResource("gcp:compute/network:Network", name, {**DEFAULTS, **inputs})


DEFAULTS = {"routingMode": "REGIONAL"}
"""

LOADER = """
def load(folder):
    from fleet import programs
    return programs(folder)
"""


@dataclass(frozen=True)
class Project:
    """The checkout; `top` is the root of its repository."""

    root: Path
    top: Path
    loader: Path

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def append(self, code: str) -> None:
        """Adds to the module that makes the programs."""
        self.write("fleet.py", (self.root / "fleet.py").read_text() + code)

    def declare(self, stack: str, **resources: Mapping[str, Any]) -> None:
        self.write(f"specs/{stack}.json", json.dumps(resources))

    def git(self, *args: str) -> str:
        return git(self.top, *args)

    def commit(self) -> str:
        """Commits everything; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD").strip()

    def diff(self, revision: str = "main", *stacks: str, folder: str = "specs") -> RevisionDiff:
        return diff(self.root, revision, self.recipe(*stacks, folder=folder))

    def recipe(self, *stacks: str, folder: str = "specs") -> Recipe:
        return Recipe(loader=self.loader, arguments={"folder": folder}, folder=Path(folder), stacks=stacks or None)

    def ops(self, revision: str = "main") -> dict[str, dict[str, Op]]:
        """What happens to each resource that changes, by stack."""
        results = self.diff(revision).results
        return {stack: _ops(result) for stack, result in results.items() if isinstance(result, Plan)}


def _ops(plan: Plan) -> dict[str, Op]:
    return {step.name: step.op for step in plan.changes if step.op not in {Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED}}


def git(folder: Path, *args: str) -> str:
    """Runs git with nobody's settings."""
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
    who = {f"GIT_{role}_{what}": "t@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-C", str(folder), *args], env={**nobody, **who}, capture_output=True, text=True, check=True
    )
    return done.stdout


def make_project(folder: Path, prefix: str = "") -> Project:
    """A repository with two stacks on branch main."""
    top = folder / "checkout"
    project = Project(top / prefix, top, folder / "loader.py")
    for part in _RENDERER:
        source, target = ROOT / "regionctl" / part, project.root / "regionctl" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    project.loader.write_text(LOADER)
    project.write("fleet.py", PROGRAMS)
    for stack in ("eu-west", "us-east"):
        project.declare(stack, vpc={"name": "main"})
    git(top, "init", "--quiet", "--initial-branch=main")
    project.commit()
    return project
