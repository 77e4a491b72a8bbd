"""A finding about a property stands at the line of the spec that the property comes from, else at the program's."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cli.context import Context
from regionctl.proofs import Evidence, Finding
from regionctl.proofs.origin import traced
from regionctl.render import render
from stacks.facts import stack_facts
from stacks.programs import REGIONS_DIR
from stacks.variations import variations
from tests.proofs.evidence import TODAY, context

OWN_LINES = "\ndatabase:\n  backup_location: us\n  disk_gb: 70\n"


@cache
def with_own_lines() -> tuple[Evidence, Context]:
    """eu-west with backups in the United States, and the auth service of its fleet."""
    with TemporaryDirectory() as folder:
        fleet = Path(folder) / "prod"
        fleet.mkdir()
        for file in (REGIONS_DIR / "prod").glob("*.yaml"):
            (fleet / file.name).write_text(file.read_text())
        with (fleet / "eu-west.yaml").open("a") as own:
            own.write(OWN_LINES)
        one = context("prod", Path(folder))
        stacks = ("prod.eu-west", "prod.auth")
        facts = stack_facts(one.fleet)
        renders = {stack: render(one.programs[stack]) for stack in stacks}
    return Evidence(renders=renders, facts={stack: facts[stack] for stack in stacks}, today=TODAY), one


def finding(evidence: Evidence, stack: str, name: str, path: str) -> Finding:
    (resource,) = evidence.renders[stack].named(name)
    return Finding(
        check="rules",
        rule="rules/any",
        stack=stack,
        message="is wrong",
        hint="mend it",
        urn=resource.urn,
        path=path,
        source=resource.created_at,
    )


def line(one: Finding) -> str:
    """The file's name and the words in the line that a finding stands at."""
    assert one.source is not None
    file = Path(one.source.file)
    if file.suffix != ".yaml":
        return file.as_posix()
    text = (REGIONS_DIR / "prod" / file.name).read_text() + (OWN_LINES if file.name == "eu-west.yaml" else "")
    return f"{file.name}: {text.splitlines()[one.source.line - 1].partition('#')[0].strip()}"


@pytest.mark.parametrize(
    ("stack", "name", "path", "cause"),
    [
        (
            "prod.eu-west",
            "database-instance",
            "settings.backupConfiguration.location",
            "eu-west.yaml: backup_location: us",
        ),
        ("prod.eu-west", "database-instance", "settings.diskSize", "eu-west.yaml: disk_gb: 70"),
        ("prod.eu-west", "database-instance", "settings.availabilityType", "fleet.yaml: availability: regional"),
        ("prod.eu-west", "keys-ring", "location", "eu-west.yaml: location: europe-west1"),
        (
            "prod.eu-west",
            "storage-uploads-bucket",
            "lifecycleRules[0].condition.daysSinceNoncurrentTime",
            "fleet.yaml: retention_days: 30",
        ),
        ("prod.eu-west", "database-instance", "settings.ipConfiguration.ipv4Enabled", "components/database.py"),
        (
            "prod.auth",
            "database-instance",
            "settings.backupConfiguration.backupRetentionSettings.retainedBackups",
            "fleet.yaml: backups_kept: 30",
        ),
    ],
)
def test_a_finding_stands_at_the_line_that_its_property_comes_from(
    stack: str, name: str, path: str, cause: str
) -> None:
    evidence, one = with_own_lines()
    at = finding(evidence, stack, name, path)
    (traced_one,) = traced([at], evidence, lambda stack: list(variations(one.fleet, one.programs[stack])))
    assert line(traced_one) == cause


def test_a_finding_that_knows_its_line_or_is_no_failure_is_left_alone() -> None:
    evidence, one = with_own_lines()
    at = finding(evidence, "prod.eu-west", "database-instance", "settings.tier")
    elsewhere = replace(at, source=one.fleet.position("eu-west", ("location",)))
    whole = replace(at, path=None)
    assert list(traced([elsewhere, whole], evidence, lambda _: pytest.fail("nothing is to be tried"))) == [
        elsewhere,
        whole,
    ]
