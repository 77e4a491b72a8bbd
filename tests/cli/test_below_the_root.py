"""A command finds the checkout from a folder in it, as git and Pulumi do, and says what to do outside of one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.holding import Holding, fleet, resource

__all__ = ["fleet"]

RING = resource("gcp:kms/keyRing:KeyRing", "keys-ring", location="europe-west1")


def go(fleet: Holding, monkeypatch: pytest.MonkeyPatch, *names: str) -> Path:
    folder = fleet.root.joinpath(*names)
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("below", ["regions", "regions/prod", "docs/guides"])
def test_a_command_below_the_root_is_the_same_as_in_it(
    below: str, fleet: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.hold("prod.eu-west", [RING])
    commands = ("--json list", "graph edge", "--json status")
    in_it = [fleet.run(*command.split()).out for command in commands]
    folder = go(fleet, monkeypatch, below)
    assert [fleet.run(*command.split()).out for command in commands] == in_it
    assert not (folder / ".regionctl").exists()


def test_a_file_is_named_so_that_it_can_be_opened_from_there(fleet: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = fleet.file("prod/eu-west.yaml")
    spec.write_text(spec.read_text().replace("lifecycle: active", "lifecycle: activ"))
    go(fleet, monkeypatch, "docs")
    said = fleet.run("validate")
    place = said.err.removeprefix("Error: ").partition(":")[0]
    assert (said.code, Path(place).resolve()) == (1, spec)
    go(fleet, monkeypatch, "regions", "prod")
    assert fleet.run("validate").err.startswith("Error: eu-west.yaml:")


def test_what_is_written_goes_into_the_checkout_and_what_is_named_is_as_one_stands(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = go(fleet, monkeypatch, "docs")
    assert fleet.run("new", "ap-tokyo", "--location", "asia-northeast1").code == 0
    assert fleet.file("prod/ap-tokyo.yaml").is_file()
    assert fleet.run("--state", "elsewhere", "status").code == 0
    assert fleet.run("--regions", "nowhere", "validate").code == 1
    assert list(here.iterdir()) == []


def test_the_nearest_checkout_counts(fleet: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = go(fleet, monkeypatch, "inner", "regions", "other")
    (inner / "fleet.yaml").touch()
    assert "the fleets are other" in fleet.run("validate").err


@pytest.mark.parametrize("command", ["validate", "list", "show eu-west"])
def test_outside_of_a_checkout_one_line_says_where_it_was_run_and_what_to_do(
    command: str, fleet: Holding, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    monkeypatch.chdir(outside)
    said = fleet.run(*command.split())
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert str(outside) in said.err
    assert "--regions" in said.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_checkout_of_somebody_else_counts_only_where_one_stands_in_it(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(fleet.root, 65534, 65534)
    assert fleet.run("validate").code == 0
    here = go(fleet, monkeypatch, "docs")
    said = fleet.run("validate")
    assert (said.code, str(here) in said.err) == (1, True)
