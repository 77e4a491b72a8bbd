"""Files of our own: whole or as they were, whatever the disk does."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from regionctl.system.files import NotWritten, write_all, write_once, write_whole

MIB = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a file system here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_full_disk_leaves_the_old_text_and_nothing_beside_it(small_disk: Path) -> None:
    file = small_disk / "state"
    write_whole(file, "before")
    with pytest.raises(NotWritten, match="No space left on device") as error:
        write_whole(file, b"x" * 2 * MIB)
    assert error.value.file == str(file)
    assert file.read_text() == "before"
    assert names(small_disk) == ["state"]


def test_of_files_that_belong_together_a_full_disk_changes_none(small_disk: Path) -> None:
    one, other = small_disk / "one", small_disk / "other"
    for file in (one, other):
        write_whole(file, "before")
    with pytest.raises(NotWritten) as error:
        write_all({one: b"after", other: b"x" * 2 * MIB}, shown={one: "one", other: "other"})
    assert (error.value.file, error.value.written) == ("other", ())
    assert (one.read_text(), other.read_text()) == ("before", "before")
    assert names(small_disk) == ["one", "other"]


def test_a_new_file_is_private_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "private", "")
        write_whole(tmp_path / "ordinary", "", private=False)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ordinary").stat().st_mode) == 0o644


def test_an_ordinary_file_keeps_its_permissions_and_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.touch(mode=0o640)
    link.symlink_to(target)
    write_whole(link, "text", private=False)
    assert link.is_symlink()
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("text", 0o640)


def test_what_is_written_once_stays(tmp_path: Path) -> None:
    file = tmp_path / "key"
    write_once(file, "first")
    write_once(file, "second")
    assert (file.read_text(), names(tmp_path)) == ("first", ["key"])


def test_a_folder_in_a_files_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="Is a directory"):
        write_whole(tmp_path, "text")
