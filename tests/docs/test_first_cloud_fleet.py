"""The guide to the first fleet in the real clouds, typed on the emulated ones and held against what the doctor asks."""

from __future__ import annotations

import ast
import io
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from regions.edge import EdgePlan
from regions.load import load_fleet
from tests.cloud.fleets import cloud_fleet
from tests.docs.console import ROOT, prints_what_it_shows

GUIDE = ROOT / "docs" / "guides" / "first-cloud-fleet.md"
TEXT = GUIDE.read_text()
DOCTOR = ("fleet/doctor/fleet.py", "fleet/doctor/fleet.py")


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def settings() -> dict[str, Any]:
    """What the guide has people write into the fleet's file."""
    block = re.search(r"^ *```yaml\n(.*?)^ *```", TEXT, re.MULTILINE | re.DOTALL)
    assert block
    written: dict[str, Any] = YAML(typ="safe").load(textwrap.dedent(block[1]))
    return written


def write(file: Path, written: dict[str, Any]) -> None:
    """As somebody would: maps are merged, comments stay."""
    yaml = YAML()
    document = yaml.load(file.read_text())
    for key, value in written.items():
        if isinstance(document.get(key), dict):
            document[key].update(value)
        else:
            document[key] = value
    out = io.StringIO()
    yaml.dump(document, out)
    file.write_text(out.getvalue())


def subjects() -> Iterator[str]:
    """What the doctor's findings on a cloud fleet are about, each a literal text or the start of one."""
    for name in DOCTOR:
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith(("Finding.", "(Finding.")):
                continue
            subject = node.args[0]
            if isinstance(subject, ast.JoinedStr):
                subject = subject.values[0]
            assert isinstance(subject, ast.Constant), ast.unparse(node)
            yield str(subject.value)


def test_the_guide_names_each_finding_of_the_doctor_and_no_other() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", section("What the doctor looks at"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(.*?)`", row)}
    found = {subject.removesuffix(" for ") for subject in subjects()} - {"fleet "}
    each = {f"provider {provider}" for provider in ("gcp", "cloudflare")}
    assert named == found - {"provider "} | each


def test_what_the_guide_has_people_write_is_a_fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cloud_fleet(tmp_path, "staging", organisation=False, attach=False) as fleet:
        write(fleet.file, settings())
        spec = load_fleet(tmp_path / "regions", "staging").spec
    assert spec.organisation
    assert spec.quota_project == "acme-admin"
    assert spec.state.secrets_provider.startswith("gcpkms://")


def test_the_guide_has_a_row_for_every_plan_of_cloudflares() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \|", section("What you need"), re.MULTILINE)
    assert rows == [str(plan) for plan in EdgePlan]


@pytest.mark.engine
@pytest.mark.timeout(1800)  # a whole fleet up and down, also on a machine that is busy
def test_the_guide_prints_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "made-up")
    with cloud_fleet(tmp_path, "staging", organisation=False) as fleet:
        write(fleet.file, {key: value for key, value in settings().items() if key != "state"})
        prints_what_it_shows(GUIDE, tmp_path, commands=20)
