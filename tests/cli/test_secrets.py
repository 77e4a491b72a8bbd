"""Secrets: a value is never on a command line, in an error, or shown unasked. No engine runs here."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest

from regionctl.engine import Engine
from regionctl.model.program import StackProgram
from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]

CANARY = "canary-5dbb1e"


class Stdin(io.TextIOWrapper):
    """Standard input that is not a terminal."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class Vault(Engine):
    """Notes what it is told to encrypt, and knows one value."""

    calls: list[tuple[str, str, str]]

    def set_secret(self, program: StackProgram, key: str, value: str) -> tuple[str, ...]:
        self.calls.append((program.name, key, value))
        return (key,)

    def show_secret(self, _program: StackProgram, _key: str) -> str:
        return CANARY


@pytest.fixture
def stored(fleet: Holding) -> list[tuple[str, str, str]]:
    """What the engine is told to encrypt."""
    calls: list[tuple[str, str, str]] = []
    fleet.with_services(engine=lambda workspace: Vault(workspace=workspace, calls=calls))
    return calls


def test_a_value_comes_from_standard_input_without_its_line_end(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch, stored: list[tuple[str, str, str]]
) -> None:
    monkeypatch.setattr("sys.stdin", Stdin(f"{CANARY}\nsecond line\n".encode()))
    said = fleet.run("secrets", "set", "eu-west", "smtp-password")
    assert said.code == 0
    assert stored == [("prod.eu-west", "smtp-password", f"{CANARY}\nsecond line")]
    assert CANARY not in said.out + said.err


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a b  \n\n", "a b  \n"), ("a\r\n", "a"), ("a\n\r\n", "a\n"), ("a\r", "a\r"), (" \t\n", " \t"), ("a", "a")],
)
def test_at_most_one_line_end_is_taken_off_a_value(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch, stored: list[tuple[str, str, str]], given: str, kept: str
) -> None:
    monkeypatch.setattr("sys.stdin", Stdin(given.encode()))
    assert fleet.run("secrets", "set", "eu-west", "smtp-password").code == 0
    assert stored == [("prod.eu-west", "smtp-password", kept)]


@pytest.mark.parametrize("command", ["set", "rotate"])
def test_a_value_on_the_command_line_is_refused_and_not_repeated(
    fleet: Holding, stored: list[tuple[str, str, str]], command: str
) -> None:
    said = fleet.run("secrets", command, "eu-west", "smtp-password", CANARY)
    assert said.code == 1
    assert "shell's history" in said.err
    assert CANARY not in said.out + said.err
    assert stored == []


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00"])
def test_no_value_sets_nothing(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch, stored: list[tuple[str, str, str]], content: bytes
) -> None:
    monkeypatch.setattr("sys.stdin", Stdin(content))
    assert fleet.run("secrets", "set", "eu-west", "smtp-password").code == 1
    assert stored == []


def test_an_unknown_secret_is_told_with_the_nearest_before_a_value_is_read(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch, stored: list[tuple[str, str, str]]
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    said = fleet.run("secrets", "set", "eu-west", "smtp-pasword")
    assert "did you mean smtp-password" in said.err
    assert stored == []


def test_a_generated_secret_gets_a_new_random_value_of_its_length(
    fleet: Holding, stored: list[tuple[str, str, str]]
) -> None:
    said = fleet.run("secrets", "rotate", "eu-west", "session-key", "--yes")
    fleet.run("secrets", "rotate", "eu-west", "session-key", "--yes")
    (_, _, first), (_, _, second) = stored
    assert len(first) == len(second) == 86  # 64 bytes as URL-safe base64
    assert first != second
    assert first not in said.out + said.err
    assert "regionctl up eu-west" in said.err


@pytest.mark.parametrize("command", ["rotate", "show"])
def test_without_a_terminal_and_without_yes_it_is_refused(
    fleet: Holding, monkeypatch: pytest.MonkeyPatch, stored: list[tuple[str, str, str]], command: str
) -> None:
    monkeypatch.setattr("sys.stdin", Stdin(b"y\n"))
    said = fleet.run("secrets", command, "eu-west", "session-key")
    assert said.code == 1
    assert "--yes" in said.err
    assert stored == []


@pytest.mark.usefixtures("stored")
def test_a_value_is_shown_alone_for_use_in_a_script(fleet: Holding) -> None:
    assert fleet.run("secrets", "show", "eu-west", "session-key", "--yes").out == f"{CANARY}\n"


def test_the_list_is_a_matrix_of_stacks_without_values(fleet: Holding) -> None:
    config = fleet.root / "stacks" / "Pulumi.prod.eu-west.yaml"
    config.parent.mkdir()
    config.write_text(f"config:\n  regionctl:smtp-password:\n    secure: {CANARY}\n")
    said = fleet.run("secrets", "list")
    row = next(line for line in said.out.splitlines() if line.startswith("smtp-password"))
    heading = said.out.splitlines()[0]
    at = heading.index("eu-west")
    assert row[at:].startswith("set")
    assert row[heading.index("us-east") :].startswith("missing")
    assert CANARY not in said.out + said.err


def test_the_list_as_json_says_what_is_set(fleet: Holding) -> None:
    stacks = fleet.run("--json", "secrets", "list").json["stacks"]
    assert stacks["prod.eu-west"]["session-key"] == {"kind": "generated", "set": False}
