"""`state`, `outputs`, `history`: what Pulumi keeps about a stack, by the command line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.holding import Holding, Said, fleet, resource

__all__ = ["fleet"]

RING = resource("gcp:kms/keyRing:KeyRing", "keys-ring", location="europe-west1")
CANARY = "canary-7c1f"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": CANARY}

pytestmark = pytest.mark.engine  # Pulumi's CLI must be there, though most of these only read files


def test_the_resources_of_a_state_are_listed(fleet: Holding) -> None:
    fleet.hold("prod.eu-west", [RING])
    assert "kms.KeyRing  keys-ring" in fleet.run("state", "list", "eu-west").out


@pytest.mark.parametrize("by", [RING["id"], RING["urn"], "keys-ring"])
def test_a_resource_is_found_by_name_urn_or_id(fleet: Holding, by: str) -> None:
    fleet.hold("prod.eu-west", [RING])
    assert "location: europe-west1" in fleet.run("state", "show", "eu-west", by).out


def test_a_resource_that_is_not_there_is_told_with_the_nearest(fleet: Holding) -> None:
    fleet.hold("prod.eu-west", [RING])
    said = fleet.run("state", "show", "eu-west", "key-ring")
    assert said.code == 1
    assert "did you mean keys-ring" in said.err


def test_outputs_are_a_table_a_value_alone_or_json(fleet: Holding) -> None:
    fleet.hold("prod.eu-west", [RING], {"url": "https://a.example", "names": {"a": 1}})
    assert "url    https://a.example" in fleet.run("outputs", "eu-west").out
    assert fleet.run("outputs", "eu-west", "url").out == "https://a.example\n"
    assert fleet.run("--json", "outputs", "eu-west", "names").json == {"a": 1}
    assert fleet.run("--json", "outputs", "eu-west").json["outputs"]["url"] == "https://a.example"


def test_a_secret_output_is_masked(fleet: Holding) -> None:
    fleet.hold("prod.eu-west", [RING], {"password": SECRET})
    for said in (fleet.run("outputs", "eu-west"), fleet.run("--json", "outputs", "eu-west")):
        assert "[secret]" in said.out
        assert CANARY not in said.out + said.err


def test_an_output_that_is_not_there_is_told_with_the_nearest(fleet: Holding) -> None:
    fleet.hold("prod.eu-west", [RING], {"service_urls": {}})
    said = fleet.run("outputs", "eu-west", "service_url")
    assert said.code == 1
    assert "did you mean service_urls" in said.err


def test_a_stack_that_was_never_applied_has_no_outputs_and_that_is_no_error(fleet: Holding) -> None:
    for options in ([], ["--show-secrets"]):
        said = fleet.run("outputs", "eu-west", *options)
        assert (said.code, said.out) == (0, "")


def test_a_stack_that_was_never_applied_has_no_history_and_that_is_no_error(fleet: Holding) -> None:
    said = fleet.run("history", "eu-west")
    assert (said.code, said.out) == (0, "")
    assert "nothing was done to prod.eu-west yet" in said.err
    assert fleet.run("--json", "history", "eu-west").json["updates"] == []


@pytest.mark.parametrize("args", [["export", "eu-west"], ["repair", "eu-west", "--yes"]])
def test_a_stack_that_was_never_applied_has_no_state_and_what_makes_it_is_told(fleet: Holding, args: list[str]) -> None:
    said = fleet.run("state", *args)
    assert (said.code, said.out) == (1, "")
    assert "prod.eu-west was never applied" in said.err
    assert "regionctl up eu-west" in said.err


def test_a_stack_that_nobody_changes_is_not_locked(fleet: Holding) -> None:
    fleet.hold("prod.eu-west", [RING])
    said = fleet.run("state", "unlock", "eu-west", "--yes")
    assert said.code == 0
    assert "is not locked" in said.err


@pytest.mark.parametrize("command", [["repair"], ["import", "state.json"]])
def test_what_changes_a_state_asks_first(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "state.json").write_text("{}")
    fleet.hold("prod.eu-west", [RING])
    before = fleet.checkpoint("prod.eu-west").read_bytes()
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    said = fleet.run("state", command[0], "eu-west", *command[1:])
    assert said.code == 1
    assert "--yes" in said.err
    assert fleet.checkpoint("prod.eu-west").read_bytes() == before


def test_a_file_that_is_not_there_cannot_be_imported(fleet: Holding) -> None:
    said = fleet.run("state", "import", "eu-west", "nowhere.json", "--yes")
    assert said.code == 1
    assert "nowhere.json" in said.err


def command_line(folder: Path, *args: str) -> Said:
    """A process of its own, as the engine forks."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.app", *args], cwd=folder, capture_output=True, text=True, check=False
    )
    return Said(done.returncode, done.stdout, done.stderr)


def test_an_exported_state_can_be_imported_again(fleet: Holding) -> None:
    folder = fleet.root
    assert command_line(folder, "up", "auth", "--yes").code == 0
    exported = command_line(folder, "state", "export", "auth")
    assert json.loads(exported.out)["deployment"]["resources"]
    (folder / "auth.json").write_text(exported.out)
    fleet.checkpoint("prod.auth").unlink()
    assert command_line(folder, "state", "import", "auth", "auth.json", "--yes").code == 0
    assert command_line(folder, "diff", "auth", "--detailed-exitcode").code == 0
    history = command_line(folder, "--json", "history", "auth")
    assert json.loads(history.out)["updates"][0]["result"] == "succeeded"
