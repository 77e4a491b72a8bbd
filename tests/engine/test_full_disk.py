"""A disk that is nearly full: nothing is started on it, so that no state is cut off."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from regionctl.engine import Engine, Plan, Workspace
from regionctl.engine.state.disk import NotEnoughSpace
from tests.engine.conftest import Toy, program
from tests.engine.toy import Thing

pytestmark = pytest.mark.engine


def one() -> None:
    Thing("only")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_run_is_not_started_where_its_state_would_be_cut_off(toy: Toy, small_disk: Path) -> None:
    engine: Engine = replace(toy.engine, workspace=Workspace.at(toy.folder, str(small_disk)))
    stack = program(one)
    assert isinstance(engine.plan([stack])["test.one"], Plan)  # it is shown all the same
    refused = engine.apply([stack])["test.one"]
    assert isinstance(refused, NotEnoughSpace)
    assert refused.folder == small_disk
    assert toy.cloud.ids() == []
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    applied = engine.apply([stack])["test.one"]
    assert isinstance(applied, Plan)
    assert applied.error is None
