"""Edits of a fleet's files: all of them or none, and none that would not be valid."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from regionctl.model.errors import SpecError
from regionctl.system.files import NotWritten
from regions.edit import Edit, NotEditable, edit_fleet
from regions.load import Fleet
from tests.regions.conftest import Folder

REGIONS = Path("regions")
DIGEST = "sha256:" + "ab" * 32
CLOSE = Edit(region="eu-west", path=("lifecycle",), value="closed")


def edit(*edits: Edit) -> Fleet:
    return edit_fleet(REGIONS, "prod", edits)


def contents(prod: Folder) -> dict[str, bytes]:
    """Every file of the folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in prod.path.iterdir()}


def test_a_region_changes_and_its_file_keeps_the_rest(prod: Folder) -> None:
    before = contents(prod)
    assert edit(CLOSE).regions["eu-west"].lifecycle == "closed"
    assert prod.load().regions["eu-west"].lifecycle == "closed"
    expected = before["eu-west.yaml"].replace(b"lifecycle: active", b"lifecycle: closed")
    assert contents(prod) == {**before, "eu-west.yaml": expected}


def test_several_values_of_several_files_change_together(prod: Folder) -> None:
    edited = edit(
        Edit(region=None, path=("defaults", "release", "api"), value=DIGEST),
        Edit(region="us-east", path=("release", "sync"), value=DIGEST),
        Edit(region="us-east", path=("release", "migrate"), value=DIGEST),
    )
    assert edited.regions == prod.load().regions
    assert edited.regions["eu-west"].release["api"] == DIGEST
    assert {key for key, value in edited.regions["us-east"].release.items() if value == DIGEST} == {
        "api",
        "sync",
        "migrate",
    }
    assert edited.regions["us-east"].database.disk_gb == 500


def test_what_would_not_be_valid_is_not_written(prod: Folder) -> None:
    before = contents(prod)
    with pytest.raises(SpecError) as error:
        edit(CLOSE, Edit(region="us-east", path=("lifecycle",), value="asleep"))
    assert [problem.where.file for problem in error.value.problems] == ["regions/prod/us-east.yaml"]
    assert contents(prod) == before


def test_nothing_is_written_while_another_file_is_broken(prod: Folder) -> None:
    prod.append("us-east.yaml", "cache: 5\n")
    before = contents(prod)
    with pytest.raises(SpecError):
        edit(CLOSE)
    assert contents(prod) == before


def test_a_refusal_leaves_every_file_as_it_is(prod: Folder) -> None:
    prod.replace("us-east.yaml", "lifecycle: active", "lifecycle: &state active")
    before = contents(prod)
    with pytest.raises(NotEditable):
        edit(CLOSE, Edit(region="us-east", path=("lifecycle",), value="draining"))
    assert contents(prod) == before


def test_a_disk_that_refuses_leaves_every_file_as_it_is(prod: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(prod)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(NotWritten, match="No space left on device"):
        edit(CLOSE)
    assert contents(prod) == before


def test_permissions_and_links_stay(prod: Folder, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.yaml"
    link = prod.path / "eu-west.yaml"
    link.rename(target)
    target.chmod(0o640)
    link.symlink_to(target)
    edit(CLOSE)
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert prod.load().regions["eu-west"].lifecycle == "closed"


def test_a_file_that_is_gone_is_named(prod: Folder) -> None:
    (prod.path / "eu-west.yaml").unlink()
    with pytest.raises(NotWritten) as error:
        edit(CLOSE)
    assert error.value.file == "regions/prod/eu-west.yaml"
