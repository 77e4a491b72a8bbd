"""Files that are no specs at all: one clear problem each."""

import os
import sys

import pytest

from regionctl.model.errors import Position, RegionctlError
from tests.regions.conftest import Folder

EU = "regions/prod/eu-west.yaml"


@pytest.mark.parametrize(
    ("content", "line", "column", "what"),
    [
        (b"", 1, 1, "an empty file"),
        (b"\xef\xbb\xbf", 1, 1, "an empty file"),
        (b"# only a comment\n", 1, 1, "an empty file"),
        (b"---\n", 1, 1, "an empty file"),
        (b"location: eu\0", 1, 1, "a binary file"),
        (b"location: x\nname: caf\xe9\n", 2, 10, "not UTF-8"),
        (b"location: a\x07b\n", 1, 12, "a control character"),
        (b"- a\n- b\n", 1, 1, "keys with values are wanted"),
        (b"just words\n", 1, 1, "keys with values are wanted"),
        (b"a: b: c\n", 1, 5, "not YAML: mapping values are not allowed here"),
        (b"a: 1\n---\nb: 2\n", 2, 1, "not YAML: but found another document"),
        (b"database:\n\ttier: x\n", 2, 1, "not YAML: found character '\\t' that cannot start any token"),
        (b"cache: *nowhere\n", 1, 8, "not YAML: found undefined alias ..."),
        (b'a: "\\U00110000"\n', 1, 1, "not YAML: it cannot be parsed"),
        (b"x" * (64 * 1024 + 1), 1, 1, "longer than 64 KiB"),
        (b"[" * 2_000, 1, 1, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_spec_is_one_problem(prod: Folder, content: bytes, line: int, column: int, what: str) -> None:
    prod.write("eu-west.yaml", content)
    problem = prod.problem()
    assert (problem.where, problem.what) == (Position(EU, line, column), what)
    assert problem.hint


def test_tabs_are_answered_with_what_to_do(prod: Folder) -> None:
    prod.append("eu-west.yaml", "cache:\n\tmemory_gb: 2\n")
    assert prod.problem().hint == "indent with spaces, not tabs"


def test_a_key_that_stands_twice_names_both_lines(prod: Folder) -> None:
    first = prod.line_of("eu-west.yaml", "lifecycle:")
    prod.append("eu-west.yaml", "lifecycle: closed\n")
    problem = prod.problem()
    assert problem.what == "lifecycle: the key stands twice"
    assert problem.where.line == prod.line_of("eu-west.yaml", "lifecycle: closed")
    assert problem.hint == f"remove it here or in line {first}"


def test_a_key_that_stands_twice_in_the_defaults_is_one_problem(prod: Folder) -> None:
    prod.append("fleet.yaml", "  alerts: {email: other@acme.example}\n")
    assert prod.problem().what == "defaults.alerts: the key stands twice"


def test_a_directory_is_no_spec(prod: Folder) -> None:
    (prod.path / "eu-west.yaml").unlink()
    (prod.path / "eu-west.yaml").mkdir()
    assert prod.problem().what == "a directory, not a file"


def test_a_link_to_nowhere_is_no_spec(prod: Folder) -> None:
    (prod.path / "xx.yaml").symlink_to("nowhere")
    assert prod.problem().what == "not a file that can be read"


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_a_pipe_is_not_waited_for(prod: Folder) -> None:
    os.mkfifo(prod.path / "xx.yaml")
    assert prod.problem().what == "not a file that can be read"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_is_an_error(prod: Folder) -> None:
    prod.path.chmod(0o300)
    with pytest.raises(RegionctlError, match="cannot be listed"):
        prod.load()
    prod.path.chmod(0o700)


def test_tags_are_not_read(prod: Folder) -> None:
    prod.append("eu-west.yaml", "cache: !!python/object:os.system {memory_gb: 2}\n")
    assert prod.problem().what == "cache: tags (!) are not read"


def test_a_tag_before_a_needed_value_is_one_problem(prod: Folder) -> None:
    prod.replace("eu-west.yaml", "location: europe", "location: !here europe")
    assert prod.problem().what == "location: tags (!) are not read"


def test_a_key_that_is_no_word_is_a_problem(prod: Folder) -> None:
    prod.append("eu-west.yaml", "? [a, b]\n: 1\n")
    assert prod.problem().what == "a key that is no word"


@pytest.mark.parametrize("key", [r"\e[31m", r"a\nb", r"\ud800"])
def test_a_key_that_cannot_be_printed_is_not_printed(prod: Folder, key: str) -> None:
    prod.append("eu-west.yaml", f'"{key}": 1\n')
    assert prod.problem().what == "a key that is no word"


def test_half_a_character_is_a_problem(prod: Folder) -> None:
    prod.append("eu-west.yaml", 'alerts: {email: "\\ud800"}\n')
    assert prod.problem().what == "alerts.email: an escape that is no character"


def test_an_alias_repeats_a_value(prod: Folder) -> None:
    prod.append(
        "eu-west.yaml",
        "services:\n  api: &size\n    min_instances: 7\n  sync: *size\n",
    )
    services = prod.load().region("eu-west").services
    assert (services["api"].min_instances, services["sync"].min_instances) == (7, 7)


def test_a_merge_key_is_an_unknown_key(prod: Folder) -> None:
    prod.append("eu-west.yaml", "cache: &c {memory_gb: 2}\nstorage:\n  <<: *c\n")
    assert prod.problem().what == "storage.<<: unknown key"


def test_an_alias_bomb_goes_off_in_a_bounded_place(prod: Folder) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    prod.write("eu-west.yaml", "\n".join(lines))
    assert [p.what for p in prod.problems()] == ["aliases or nesting make this too large"]


def test_an_alias_of_itself_ends(prod: Folder) -> None:
    prod.write("eu-west.yaml", "cache: &c\n  cache: *c\n")
    assert [p.what for p in prod.problems()] == ["aliases or nesting make this too large"]
