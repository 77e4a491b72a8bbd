"""Options: their variables, their completion, and what a wrong one gets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup, TyperOption
from typer.main import get_group

from cli.app import app, run
from cli.globals import commands, variable
from regionctl.model.program import StackProgram
from regions.load import Fleet
from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]

ROOT = Path(__file__).parents[2]


def every_command() -> list[tuple[tuple[str, ...], object]]:
    return list(commands(get_group(app)))


def test_every_option_has_a_variable_of_its_own_name() -> None:
    for path, command in commands(get_group(app)):
        for param in command.params:
            if isinstance(param, TyperOption) and variable(param):
                long = next(name for name in param.opts if name.startswith("--"))
                assert param.envvar == "REGIONCTL_" + long[2:].replace("-", "_").upper(), path


def test_a_variable_sets_an_option(fleet: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGIONCTL_FLEET", "staging")
    monkeypatch.setenv("REGIONCTL_JSON", "1")
    assert fleet.run("validate").json["fleet"] == "staging"


def test_an_option_beats_its_variable(fleet: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGIONCTL_FLEET", "staging")
    assert fleet.run("--json", "--fleet", "prod", "validate").json["fleet"] == "prod"


def test_a_variable_of_a_command_without_the_commands_name(fleet: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGIONCTL_FORMAT", "dot")
    assert fleet.run("graph", "auth").out.startswith("digraph")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["dif"], "Did you mean 'diff'"),
        (["validate", "--colour"], "regionctl validate --help"),
        (["show"], "STACK"),
        (["up", "eu-west", "--parallel", "many"], "--parallel"),
        (["graph", "eu-west", "--format", "svg"], "mermaid"),
        (["--fleet"], "--fleet"),
    ],
)
def test_bad_usage_is_one_line_and_exit_1_since_2_means_a_diff(fleet: Holding, args: list[str], words: str) -> None:
    said = fleet.run(*args)
    assert said.code == 1
    assert words in said.err
    assert said.err.count("\n") == 1


def test_a_command_line_without_a_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 1
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize("path", [" ".join(path) for path, group in every_command() if isinstance(group, TyperGroup)])
def test_no_summary_of_a_command_is_cut_off_at_80_columns(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path.split(), "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines[lines.index("Commands:") :] if line.endswith("...")] == []


def completed(words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What bash offers for the last word."""
    monkeypatch.setenv("_REGIONCTL_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
    capsys.readouterr()
    run([])
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("regionctl up e", ["eu-west", "edge"]),
        ("regionctl up us-east e", ["eu-west", "edge"]),
        ("regionctl --fleet s", ["staging"]),
        ("regionctl --fleet staging down ", ["eu-west", "us-east", "auth", "edge"]),
        ("regionctl show prod.u", ["prod.us-east"]),
        ("regionctl new ap-tokyo --like a", ["ap-south"]),
        ("regionctl new ap-tokyo --location asia-south1", ["asia-south1"]),
    ],
)
def test_stacks_and_fleets_complete(
    words: str,
    offered: list[str],
    fleet: Holding,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert completed(words, monkeypatch, capsys) == offered


def test_completion_reads_no_yaml_and_no_pulumi() -> None:
    code = (
        "import os, sys\n"
        "os.environ.update(_REGIONCTL_COMPLETE='complete_bash', COMP_WORDS='regionctl up e', COMP_CWORD='2')\n"
        "from cli.app import run\n"
        "run([])\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "sys.exit(bool(loaded & {'pulumi', 'ruamel', 'rich', 'grpc'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"eu-west\nedge\n")


def test_the_versions_are_those_of_the_lock(fleet: Holding) -> None:
    said = fleet.run("--version")
    lock = (ROOT / "requirements.lock").read_text()
    assert said.code == 0
    assert "regionctl " in said.out
    for package in ("pulumi", "pulumi-gcp", "pulumi-cloudflare"):
        version = said.out.split(f"{package} ", 1)[1].split(",")[0].strip()
        assert f"\n{package}=={version} " in lock


def test_an_interrupt_ends_a_command_in_one_line(fleet: Holding) -> None:
    def interrupted(_fleet: Fleet) -> dict[str, StackProgram]:
        raise KeyboardInterrupt

    fleet.with_services(programs=interrupted)
    said = fleet.run("show", "eu-west", "-q")
    assert said.code == 130
    assert said.err.splitlines() == ["Error: interrupted; nothing was being changed"]
