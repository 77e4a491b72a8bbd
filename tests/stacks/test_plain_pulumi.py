"""Pulumi's own command line on a stack of ours, as those use it who prefer it: `pulumi preview -s prod.auth`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from regionctl.engine import find
from tests.stacks.language_host import ROOT, language_host

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
def test_plain_pulumi_finds_nothing_to_do_after_an_up(checkout: Path) -> None:
    subprocess.run([*REGIONCTL, "up", "eu-west", "--yes"], cwd=checkout, check=True, capture_output=True)
    with serving(checkout) as providers, language_host() as host:
        preview = pulumi(checkout, providers, "preview", "-s", "prod.eu-west", "--json", f"--client={host}")
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


def pulumi(checkout: Path, providers: str, *args: str) -> subprocess.CompletedProcess[str]:
    cli = find()
    assert cli is not None
    mine = checkout / ".regionctl"
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": (mine / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(mine / "passphrase"),
        "PULUMI_DEBUG_PROVIDERS": providers,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_HOME": str(mine / "home"),
    }
    command = [str(cli.path), *args, "--non-interactive"]
    return subprocess.run(command, cwd=checkout, env=environment, check=False, capture_output=True, text=True)
