"""Which CLI of Pulumi is used: the one that is named, that of the PATH, that of the cache folder, or one built."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from regionctl.engine.cli.install import Releases, obtain
from regionctl.engine.cli.locate import VERSION, cache_path, find, record
from regionctl.model.errors import EngineError

GO = """#!/bin/sh
case "$1" in
  env) echo go1.26.8 ;;
  list) echo 'go: downloading example.com/module v1.0.0' >&2; printf 'one\\n\\ntwo\\nthree\\n' ;;
  build) while [ "$1" != -o ]; do shift; done; echo one >&2; printf '#!/bin/sh\\necho v3.259.0\\n' >"$2" ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """On the PATH, before the shell and its tools; without any CLI."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.delenv("REGIONCTL_PULUMI", raising=False)
    return tmp_path / "bin"


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def cli(path: Path, version: str) -> Path:
    return program(path, f"#!/bin/sh\necho v{version}\n")


def cached() -> Path:
    made = cli(cache_path(), VERSION)
    record(made, made)
    return made


def found() -> tuple[Path, str] | None:
    one = find()
    return (one.path, one.version) if one else None


def test_the_cli_on_the_path_comes_before_that_of_the_cache(folder: Path) -> None:
    cached()
    on_path = cli(folder / "pulumi", "3.258.1")
    assert found() == (on_path, "3.258.1")


@pytest.mark.parametrize("version", ["3.100.0", "4.0.0", "none of its own"])
def test_a_cli_on_the_path_that_was_not_tested_is_passed_over(folder: Path, version: str) -> None:
    cli(folder / "pulumi", version)
    assert found() is None
    path = cached()
    assert found() == (path, VERSION)


def test_the_cli_that_is_named_comes_first(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached()
    cli(folder / "pulumi", VERSION)
    named = cli(tmp_path / "named", "3.230.0")
    monkeypatch.setenv("REGIONCTL_PULUMI", str(named))
    assert found() == (named, "3.230.0")
    cli(named, "3.100.0")
    with pytest.raises(EngineError, match=r"3\.100\.0"):
        find()


def test_a_build_says_beforehand_how_many_packages_there_are_to_compile(folder: Path, tmp_path: Path) -> None:
    program(folder / "go", GO)
    said: list[str] = []
    unknown = Releases(url="http://127.0.0.1:1", checksums=tmp_path / "none.txt")
    made = obtain(said.append, unknown)
    assert (made.path, made.version) == (cache_path(), VERSION)
    assert [line for line in said if "building it: 3 packages to compile" in line]
    assert subprocess.run([made.path], capture_output=True, text=True, check=True).stdout == "v3.259.0\n"


def test_a_build_that_cannot_fetch_says_why(folder: Path, tmp_path: Path) -> None:
    program(folder / "go", GO.replace("printf", "echo 'go: no such host' >&2; exit 1; printf", 1))
    with pytest.raises(EngineError, match="go list ended with 1: go: no such host"):
        obtain(lambda _line: None, Releases(url="http://127.0.0.1:1", checksums=tmp_path / "none.txt"))
