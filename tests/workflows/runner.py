"""Runs a job's steps on this machine, as GitHub's runner does, in a clone whose fleets live in the sandbox.

Scripts run as they are. Of the actions, those of this repository run, artifacts travel through a folder, and the rest
(checkout, Python, the cloud's login) is what the clone has already.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workflows.reading import ROOT, files

_EXPRESSION = re.compile(r"\$\{\{ ([\w.-]+) \}\}")
_CONDITION = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
_SHELLS = {None: ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}


class StepFailed(AssertionError):
    """A script ended with an exit code that fails its job."""


@dataclass
class Runner:
    """A checkout, the artifacts of its runs, and the scripts that were run."""

    clone: Path
    artifacts: Path
    github: Mapping[str, Any] = field(default_factory=dict)  # the `github` context
    environment: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    ran: list[str] = field(default_factory=list)

    def job(self, file: str, name: str, **context: Mapping[str, Any]) -> dict[str, str]:
        """Runs a job and returns its outputs. Raises StepFailed."""
        job = files()[file].jobs[name]
        state: dict[str, Any] = {"github": {"token": "", **self.github}, "steps": {}, **context}
        for step in job["steps"]:
            if _holds(step.get("if"), state):
                self._step(step, {**job.get("env", {}), **step.get("env", {})}, state)
        return {key: _filled(value, state) for key, value in job.get("outputs", {}).items()}

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.clone, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def _step(self, step: Mapping[str, Any], environment: Mapping[str, str], state: dict[str, Any]) -> None:
        action = step.get("uses", "")
        with_ = {key: _filled(value, state) for key, value in step.get("with", {}).items()}
        if "run" in step:
            filled = {key: _filled(value, state) for key, value in environment.items()}
            outputs = self._script(step["run"], _SHELLS[step.get("shell")], filled)
            state["steps"][step.get("id", "")] = {"outputs": outputs}
        elif action.startswith("./.github/actions/"):
            for inner in files()[action.rpartition("/")[2]].steps:
                self._step(inner, {}, state)
        elif action.startswith("actions/upload-artifact@"):
            self._upload(with_["name"], self.clone / with_["path"])
        elif action.startswith("actions/download-artifact@"):
            self._download(with_)

    def _script(self, script: str, shell: list[str], environment: Mapping[str, str]) -> dict[str, str]:
        places = {name: self.artifacts.parent / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for place in places.values():
            place.write_text("")
        own = {name: value for name, value in os.environ.items() if not name.startswith(("REGIONCTL_", "GITHUB_"))}
        done = subprocess.run(
            [*shell, "-c", script],
            cwd=self.clone,
            env={
                **own,
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "PYTHONPATH": str(self.clone),
                **{name: str(place) for name, place in places.items()},
                **self.environment,
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.ran.append(script)
        self.summary += places["GITHUB_STEP_SUMMARY"].read_text()
        if done.returncode:
            raise StepFailed(f"exit code {done.returncode} of\n{script}\n{done.stdout}\n{done.stderr}")
        lines = places["GITHUB_OUTPUT"].read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _upload(self, name: str, path: Path) -> None:
        target = self.artifacts / name
        shutil.rmtree(target, ignore_errors=True)
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            target.mkdir(parents=True)
            shutil.copy(path, target)

    def _download(self, with_: Mapping[str, str]) -> None:
        into = self.clone / with_.get("path", ".")
        if "name" in with_:
            shutil.copytree(self.artifacts / with_["name"], into, dirs_exist_ok=True)
            return
        # Artifacts that a pattern names get a folder each.
        for artifact in self.artifacts.iterdir():
            shutil.copytree(artifact, into / artifact.name, dirs_exist_ok=True)


def cloned(folder: Path) -> Runner:
    """A clone of what is committed, with this interpreter's environment as its .venv."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--shared", str(ROOT), str(clone)], check=True)
    (clone / ".venv").mkdir()
    (clone / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (clone / ".venv" / ".ready").touch()
    (folder / "artifacts").mkdir()
    runner = Runner(clone, folder / "artifacts")
    runner.git("config", "user.name", "Ada")
    runner.git("config", "user.email", "ada@example.com")
    return runner


def _filled(value: Any, state: Mapping[str, Any]) -> str:
    return _EXPRESSION.sub(lambda found: str(_value(found[1], state)), str(value))


def _holds(condition: str | None, state: Mapping[str, Any]) -> bool:
    if condition is None:
        return True
    found = _CONDITION.fullmatch(condition)
    assert found, f"the runner does not understand {condition!r}"
    return (str(_value(found[1], state)) == found[3]) is (found[2] == "==")


def _value(path: str, state: Mapping[str, Any]) -> Any:
    """What is not there is empty, as GitHub has it."""
    value: Any = state
    for part in path.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return value
