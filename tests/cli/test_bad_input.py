"""Bad input gets clear lines and exit 1; nothing is touched, and there is never a traceback."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.app import run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "regions", tmp_path / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capfd: pytest.CaptureFixture[str], *args: str, code: int = 1) -> str:
    assert run(list(args)) == code
    said = capfd.readouterr().err
    assert "Traceback" not in said
    return said


def test_five_mistakes_are_five_lines(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (checkout / "regions/prod/eu-west.yaml").write_text(
        "location: europe-west99\njurisdicton: eu\nlifecycle: activ\naddresses: 10.2.0.0/16\ndatabase: {disk_gb: -4}\n"
    )
    said = refused(capfd, "validate")
    lines = [line for line in said.splitlines() if "regions/prod/eu-west.yaml:" in line]
    assert len(lines) >= 4
    assert any("did you mean jurisdiction" in line for line in lines)
    assert not (checkout / ".regionctl").exists()


@pytest.mark.parametrize(
    "content", [b"a: [", b"location: a\nlocation: b\n", bytes(range(256)), b"", b"\xff\xfe", b"- a\n- b\n"]
)
def test_a_file_that_is_no_spec_is_one_clear_line(
    checkout: Path, capfd: pytest.CaptureFixture[str], content: bytes
) -> None:
    (checkout / "regions/prod/eu-west.yaml").write_bytes(content)
    assert "regions/prod/eu-west.yaml:" in refused(capfd, "up", "eu-west", "--yes")
    assert not (checkout / ".regionctl").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["show", "eu-wst"], "did you mean eu-west"),
        (["show", "staging.eu-west"], "--fleet staging"),
        (["up", "prod.eu-west", "staging.eu-west", "--yes"], "--fleet staging"),
        (["--fleet", "stagng", "validate"], "did you mean staging"),
        (["show", "eu-west", "databse-instance"], "database-instance"),
        (["up", "eu-west"], "--yes"),
        (["down", "eu-west"], "--yes"),
        (["diff"], "--all"),
        (["diff", "eu-west", "--all"], "not both"),
        (["sandbox", "edit", "x", "y"], "PATH=VALUE"),
        (["sandbox", "faults", "add", "meteor"], "outage"),
        (["sandbox", "edit", "x", "y=" + "[" * 100_000], "regionctl sandbox"),
        (["sandbox", "edit", "x", "y=" + "9" * 5_000], "regionctl sandbox"),
    ],
)
def test_a_mistyped_command_says_what_to_type(
    checkout: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, args: list[str], words: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert words in refused(capfd, *args)


def test_an_active_region_of_a_cloud_fleet_is_not_taken_down(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fleet = checkout / "regions/prod/fleet.yaml"
    fleet.write_text(fleet.read_text().replace("target: sandbox", "target: cloud"))
    assert "regionctl drain eu-west" in refused(capfd, "down", "eu-west", "--yes")


@pytest.mark.parametrize("where", ["before", "after"])
def test_global_options_stand_before_or_after_the_command(
    checkout: Path, capfd: pytest.CaptureFixture[str], where: str
) -> None:
    options = ["--fleet", "staging", "--json"]
    args = [*options, "validate"] if where == "before" else ["validate", *options]
    assert run(args) == 0
    assert '"fleet": "staging"' in capfd.readouterr().out


def test_help_loads_no_pulumi_package() -> None:
    code = (
        "import sys; from cli.app import run; run(['--help']); "
        "sys.exit(any(name.split('.')[0] in {'pulumi', 'pulumi_gcp', 'pulumi_cloudflare', 'pydantic', 'grpc', 'rich'}"
        " for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.engine
def test_a_missing_credential_of_a_cloud_fleet_is_one_line_before_anything_starts(
    checkout: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = checkout / "regions/prod/fleet.yaml"
    fleet.write_text(fleet.read_text().replace("target: sandbox", "target: cloud"))
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"))
    monkeypatch.setenv("HOME", str(checkout))
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CREDENTIALS", "CLOUDSDK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "canary-passphrase")
    said = refused(capfd, "up", "us-east", "--yes")
    assert "gcloud auth application-default login" in said
    assert "canary-passphrase" not in said
