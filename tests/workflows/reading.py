"""The workflows, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
ACTIONS = ROOT / ".github" / "actions"


@dataclass(frozen=True)
class File:
    """A workflow or a composite action."""

    name: str
    text: str

    @property
    def content(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = YAML(typ="safe").load(self.text)
        return content

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        jobs: Mapping[str, Mapping[str, Any]] = self.content.get("jobs", {})
        return jobs

    @property
    def steps(self) -> Iterator[Mapping[str, Any]]:
        yield from self.content.get("runs", {}).get("steps", [])
        for job in self.jobs.values():
            yield from job.get("steps", [])

    @property
    def triggers(self) -> frozenset[str]:
        return frozenset(self.content.get("on", {}))


def files() -> dict[str, File]:
    """By the name of the file; a composite action's is that of its folder."""
    workflows = {path.name: path for path in WORKFLOWS.glob("*.yml")}
    actions = {path.parent.name: path for path in ACTIONS.glob("*/action.yml")}
    return {name: File(name, path.read_text()) for name, path in sorted({**workflows, **actions}.items())}
