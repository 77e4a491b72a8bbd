"""A fleet of one's own in the current directory, whose stacks hold what a test says: no engine runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cli.app import run
from fleet.context import FleetContext, Services
from fleet.services import REAL
from regions.load import load_fleet
from regions.spec import Lifecycle
from stacks.public_list import public_list
from stacks.table import table

SHIPPED = Path(__file__).parents[2] / "regions"
PROJECT = "regionctl"
ADDRESS = "198.18.0.7"


@dataclass(frozen=True)
class Said:
    """What a command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def resource(type_: str, name: str, *, protect: bool = False, **inputs: Any) -> dict[str, Any]:
    """A resource as Pulumi's checkpoint has it."""
    urn = f"urn:pulumi:stack::{PROJECT}::{type_}::{name}"
    return {"urn": urn, "type": type_, "id": name, "custom": True, "protect": protect, "inputs": inputs}


@dataclass
class Holding:
    """The current directory as a checkout: `regions/` and a state in `.regionctl/`. `services`: the world around it."""

    root: Path
    capsys: pytest.CaptureFixture[str]
    services: Services = REAL

    def run(self, *args: str) -> Said:
        self.capsys.readouterr()
        code = run(list(args), self.services)
        said = self.capsys.readouterr()
        return Said(code, said.out, said.err)

    def context(self, fleet_name: str = "prod") -> FleetContext:
        """One of its fleets, for what needs no command line."""
        return FleetContext(fleet_name=fleet_name, regions_dir=Path("regions"), state=None, services=self.services)

    def with_services(self, **services: Any) -> None:
        """Puts others in the place of real ones."""
        self.services = replace(self.services, **services)

    def file(self, name: str) -> Path:
        return self.root / "regions" / name

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted((self.root / "regions").rglob("*")) if path.is_file()}

    def set_lifecycle(self, file: str, lifecycle: str) -> None:
        lines = self.file(file).read_text().splitlines(keepends=True)
        self.file(file).write_text(
            "".join(f"lifecycle: {lifecycle}\n" if line.startswith("lifecycle:") else line for line in lines)
        )

    @property
    def state(self) -> Path:
        return self.root / ".regionctl" / "state" / ".pulumi"

    def checkpoint(self, stack: str) -> Path:
        return self.state / "stacks" / PROJECT / f"{stack}.json"

    def hold(
        self,
        stack: str,
        resources: Sequence[Mapping[str, Any]] = (),
        outputs: Mapping[str, Any] | None = None,
        pending: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Writes the state of a stack. `pending` is what was being made when a run was killed."""
        root = {**resource("pulumi:pulumi:Stack", f"{PROJECT}-{stack}"), "custom": False, "outputs": outputs or {}}
        path = self.checkpoint(stack)
        path.parent.mkdir(parents=True, exist_ok=True)
        operations = [{"resource": one, "type": "creating"} for one in pending]
        latest = {"resources": [root, *resources], "pending_operations": operations}
        path.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))

    def hold_table(self, fleet: str, **lifecycles: str) -> None:
        """Writes the state of an edge that was applied with these regions, dashes written as underscores."""
        spec = load_fleet(SHIPPED, fleet)
        regions = [
            region.model_copy(update={"lifecycle": Lifecycle(lifecycles[name.replace("-", "_")])})
            for name, region in spec.regions.items()
            if name.replace("-", "_") in lifecycles
        ]
        script = resource("cloudflare:index/workersScript:WorkersScript", "worker")
        listed = {"public_requests": public_list(spec.spec).as_json()}
        self.hold(f"{fleet}.edge", [script], {"regions": table(spec.spec, regions).as_json(), **listed})


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Holding:
    shutil.copytree(SHIPPED, tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.chdir(tmp_path)
    return Holding(tmp_path, capsys)
