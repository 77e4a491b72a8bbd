"""Adoption: classifying a large export, and importing what a region holds in the emulated cloud."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from bench.measure import REGIONCTL, ROOT, Figure, command, figure, timed
from regionctl.adopt.classify import classify, rules
from regionctl.adopt.declared import declared
from regionctl.adopt.readers import read
from regionctl.render import render
from regions.load import load_fleet
from stacks.programs import programs

PROJECT = "acme-prod-us-east-1"
EXPORTED = 2000


def figures(scratch: Path) -> Iterator[Figure]:
    made, state = scratch / "adopt-made", scratch / "adopt"
    command(REGIONCTL, "--state", str(made), "up", "us-east", "--yes")
    export = scratch / "export"
    command(
        REGIONCTL, "--state", str(made), "sandbox", "export", str(export), "--format", "terraform", "--project", PROJECT
    )
    yield _imports(made, state, export)
    yield _classified(export)


def _imports(made: Path, state: Path, export: Path) -> Figure:
    """The whole command: classify, compare with the provider, import; a state of its own each time."""

    def adopt() -> None:
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(made / "sandbox", state / "sandbox")
        command(REGIONCTL, "--state", str(state), "adopt", "apply", "us-east", "--from", str(export), "--yes")

    return figure("`adopt apply` of a region (138 resources)", "s", timed(adopt, 3), at_most=30)


def _classified(export: Path) -> Figure:
    """The export again and again under other names, until there are enough files."""
    files = sorted(export.rglob("*.tf"))
    for copy in range(EXPORTED // len(files)):
        for file in files:
            text = file.read_text(encoding="utf-8").replace(PROJECT, f"acme-other{copy}-us-east-1")
            file.with_name(f"{copy}-{file.name}").write_text(text, encoding="utf-8")
    program = programs(load_fleet(ROOT / "regions", "prod"))["prod.us-east"]
    looked_for = declared(render(program), program.config)
    project, location = program.config["gcp:project"], program.config["gcp:region"]
    count = len(read(export).resources)

    def run() -> None:
        classify(read(export), looked_for, rules(), project=project, location=location)

    return figure(f"an export of {count} resources read and classified", "s", timed(run, 3), at_most=10)
