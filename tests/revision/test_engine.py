"""What a diff between revisions says of a region is what the engine plans on the state of the earlier one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from regionctl.engine import Engine, Op, Plan, RunOptions, Workspace
from regionctl.model.program import StackProgram
from regionctl.model.values import UNKNOWN_MASK, get
from regionctl.render import Declaration, render
from regionctl.render.plain import plain
from regionctl.review.revision import StackFacts, compare
from regions.load import load_fleet
from stacks.programs import REGIONS_DIR, programs

pytestmark = pytest.mark.engine

STACK = "prod.eu-west"
ALLOWED = frozenset({"cache-instance", "database-app", "database-instance"})
# What follows the first lines of the region's file: each changes something else about it.
EDITS = {
    "a nested property": """
database: {tier: db-custom-8-32768, disk_gb: 500}
services:
  api: {cpu: 4, concurrency: 120}
""",
    "a property that forces a replacement": "cache:\n  tier: basic\n",
    "one that forces it one way only": "database:\n  disk_gb: 50\n",
    "new resources": f"""
workers:
  reports: {{cpu: 1, memory_mib: 512, instances: 1}}
release:
  reports: sha256:{"1" * 64}
storage:
  buckets:
    exports: {{retention_days: 7}}
""",
}


def edited(folder: Path, name: str, text: str, addresses: str = "10.2.0.0/16") -> Mapping[str, StackProgram]:
    """The fleet with one region's file changed."""
    regions = folder / f"regions-{name.replace(' ', '-')}"
    shutil.copytree(REGIONS_DIR, regions, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = regions / "prod" / "eu-west.yaml"
    file.write_text(file.read_text().replace("10.2.0.0/16", addresses) + "\n" + text)
    return programs(load_fleet(regions, "prod"))


def told(plan: Plan, declared: Declaration) -> dict[str, tuple[Op, list[str]]]:
    """Operation and paths of each resource that changes, a replacement once.

    But for values that are not even symbolic: a declaration does not say which resource they come from. A digest of
    symbols, which a job's token is, does not say it either.
    """
    changing = {Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE}
    found = {}
    for step in plan.steps:
        if step.op in changing and step.custom:
            inputs = plain(declared.resources[step.urn].inputs) if step.op is not Op.DELETE else {}
            diff = {change.path for change in step.diff}
            # Providers name the top-level property of what replaces: `settings` for `settings.diskSize`.
            keys = {key for key in step.replace_keys if not any(path.startswith(f"{key}.") for path in diff)}
            changed = (diff | keys) - {"runExecutionToken"}
            found[step.urn] = (step.op, sorted(path for path in changed if get(inputs, path) != UNKNOWN_MASK))
    return found


def test_a_diff_of_declarations_agrees_with_the_engine(tmp_path: Path) -> None:
    workspace = Workspace.at(REGIONS_DIR.parent, str(tmp_path / "state"))
    base = edited(tmp_path, "base", "")
    heads = {name: edited(tmp_path, name, text) for name, text in EDITS.items()}
    heads["a range that moves"] = edited(tmp_path, "range", "", addresses="10.9.0.0/16")
    with Engine(workspace=workspace).attached(base[STACK]) as engine:
        for stack in ("prod.auth", STACK):
            assert _plan(engine.apply([base[stack]])).error is None
        before = render(base[STACK])
        facts = StackFacts(stack=STACK, fleet="prod", region="eu-west", target="sandbox")
        for name, head in heads.items():
            planned = _plan(engine.plan([head[STACK]], RunOptions(allow=ALLOWED)))
            assert planned.error is None, planned.error
            after = render(head[STACK])
            engines, ours = told(planned, after), told(compare(facts, before, after), after)
            # The engine does not say why it replaces what depends on a resource that is deleted first.
            silent = {urn: (op, ours[urn][1]) for urn, (op, found) in engines.items() if op is Op.REPLACE and not found}
            assert ours == {**engines, **silent} != {}, name


def _plan(results: Mapping[str, object]) -> Plan:
    (plan,) = results.values()
    assert isinstance(plan, Plan), plan
    return plan
