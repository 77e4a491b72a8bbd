"""Pulumi's own command line on a stack of ours, as those use it who prefer it: `pulumi preview -s prod.auth`."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from regionctl.engine import find
from tests.docs.console import examples
from tests.stacks.language_host import ROOT, language_host

GUIDE = ROOT / "docs" / "guides" / "plain-pulumi.md"
REGIONCTL = [sys.executable, "-m", "cli.app"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What Pulumi reads of a checkout. The packages come from the installed one, as they do in a checkout."""
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    (tmp_path / "stacks").mkdir()
    shutil.copy(ROOT / "stacks" / "__main__.py", tmp_path / "stacks")
    shutil.copytree(ROOT / "regions", tmp_path / "regions")
    return tmp_path


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("go") is None, reason="Pulumi's language executor comes from the Go module")
def test_the_guides_commands_find_nothing_to_do_after_an_up(checkout: Path) -> None:
    subprocess.run([*REGIONCTL, "up", "eu-west", "--yes"], cwd=checkout, check=True, capture_output=True)
    with serving(checkout) as providers, language_host() as host:
        preview = follow_the_guide(checkout, providers, host)
    assert preview.returncode == 0, preview.stdout + preview.stderr
    summary = json.loads(preview.stdout)["changeSummary"]
    assert set(summary) == {"same"}
    assert summary["same"] > 100


@contextlib.contextmanager
def serving(checkout: Path) -> Iterator[str]:
    """`regionctl sandbox serve`; the value is what it prints first: PULUMI_DEBUG_PROVIDERS=..."""
    with subprocess.Popen([*REGIONCTL, "sandbox", "serve"], cwd=checkout, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline().strip()
        try:
            yield line.removeprefix("PULUMI_DEBUG_PROVIDERS=")
        finally:
            server.terminate()


def follow_the_guide(checkout: Path, providers: str, host: str) -> subprocess.CompletedProcess[str]:
    """Types what the guide says into the second terminal."""
    typed = [example.command for example in examples(GUIDE) if example.command != "regionctl sandbox serve"]
    cli = find()
    assert cli is not None
    script = [
        f'pulumi() {{ "{cli.path}" "$@" --json --non-interactive --client={host}; }}',
        *(re.sub(r"(?<=PULUMI_DEBUG_PROVIDERS=).*", providers, line) for line in typed),
    ]
    environment = {**os.environ, "PULUMI_HOME": str(checkout / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = ["bash", "-ec", "\n".join(script)]
    return subprocess.run(command, cwd=checkout, env=environment, check=False, capture_output=True, text=True)
