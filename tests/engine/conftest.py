"""The toy provider in a process of its own, and an engine attached to it with state in a temporary folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from regionctl.engine import Engine, Plan, RunOptions, Workspace
from regionctl.engine.state.checkpoint import StateResource
from regionctl.model.program import StackProgram, Target
from tests.engine.toy import Cloud


@dataclass(frozen=True)
class Toy:
    """One workspace with the toy cloud behind it."""

    folder: Path
    providers: str
    cloud: Cloud

    @property
    def engine(self) -> Engine:
        workspace = Workspace.at(self.folder, str(self.folder / "state"))
        return Engine(workspace=workspace, providers=self.providers, find=self.find)

    def find(self, resource: StateResource, _known: frozenset[str]) -> str | None:
        """What a create that was killed left in the cloud."""
        identity = f"{resource.name}/{resource.inputs.get('immutable') or ''}"
        return identity if identity in self.cloud.ids() else None

    def up(self, run: Callable[[], None], options: RunOptions | None = None, name: str = "test.one") -> Plan:
        return plan_of(self.engine.apply([program(run, name)], options or RunOptions()), name)

    def diff(self, run: Callable[[], None], options: RunOptions | None = None) -> Plan:
        return plan_of(self.engine.plan([program(run)], options or RunOptions()), "test.one")


def program(run: Callable[[], None], name: str = "test.one") -> StackProgram:
    return StackProgram(project="toys", name=name, fleet="test", region=None, target=Target.SANDBOX, run=run)


def plan_of(results: object, name: str) -> Plan:
    assert isinstance(results, dict)
    result = results[name]
    assert isinstance(result, Plan), result
    return result


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    file = tmp_path / "toy.db"
    command = [sys.executable, "-m", "tests.engine.toy", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        yield Toy(tmp_path, f"toy:{port}", Cloud(file))
        server.terminate()
