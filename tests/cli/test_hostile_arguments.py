"""Every command with arguments, fleets, folders and outputs that are none: an exit code and one line, no traceback.

The command lines are made from the application's own commands with their arguments and options: a new one is in it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperArgument, TyperOption

from regions.locations import JURISDICTION_OF
from tests.cli.command_line import ESCAPES, ROOT, CommandLine, Ran, command_lines
from tests.cli.lines import LINES, leaves

NAMES = {
    "unknown": "nosuch",
    "escape": "\x1b[2K\x1b[1Aeu-west\nError: forged",
    "long": "x" * 10_000,
    "above": "../../../x",
    "absolute": "/proc/self/mem",
    "look-alike": "\u0435u-west",  # its first letter is Cyrillic
    "empty": "",
    "no UTF-8": "\udcff\udc9b",
}
PATHS = [path for path, _ in leaves()]
# They take no name of anything, or run for as long as one likes.
WITHOUT_NAMES = {"sandbox serve"}


@pytest.fixture(scope="module")
def shell() -> Iterator[CommandLine]:
    with command_lines() as lines:
        lines.environment = {"LC_ALL": "C.UTF-8"}
        yield lines


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Deep enough that `../../..` stays in it."""
    folder = tmp_path / "a" / "b" / "c"
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree(ROOT / "regions", folder / "regions", ignore=ignored)
    return folder


def must_end_well(ran: Ran) -> None:
    """With the exit codes of the contract, at most one error, and nothing that a terminal obeys."""
    assert ran.code in {0, 1, 2, 3, 4}, ran
    assert "Traceback" not in ran.out + ran.err, ran
    assert "a defect of regionctl" not in ran.err, ran
    assert not ESCAPES.search(ran.out + ran.err), ran
    assert "\nError: forged" not in ran.out + ran.err, ran
    if ran.code == 1 and not ran.out:
        assert ran.errors or "problem" in ran.err, ran


def filled(path: tuple[str, ...], value: str) -> list[str]:
    """The command with this for each argument, and for each option that it cannot do without."""
    params = next(params for known, params in leaves() if known == path)
    options = [one for one in params if isinstance(one, TyperOption) and one.required]
    arguments = [one for one in params if isinstance(one, TyperArgument) and not one.hidden]
    words = [word for one in options for word in (one.opts[0], value)]
    return [*path, *words, "--", *(value for _ in arguments)]


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_a_command_with_names_of_nothing_ends_in_a_line(
    path: tuple[str, ...], checkout: Path, shell: CommandLine
) -> None:
    takes_none = filled(path, "x")[-1] == "--" or " ".join(path) in WITHOUT_NAMES
    for value in () if takes_none else NAMES.values():
        must_end_well(shell.run(checkout, filled(path, value)))


@pytest.mark.parametrize("option", ["--fleet", "--regions", "--state"])
def test_a_global_option_that_names_nothing_ends_in_a_line(option: str, checkout: Path, shell: CommandLine) -> None:
    odd = ["s3://", "ftp://a/b", "file://", "https://x:y@z", "\\\\", "."]
    for value in [*NAMES.values(), *odd]:
        must_end_well(shell.run(checkout, ["status", f"{option}={value}"]))


@pytest.mark.parametrize("words", [line.args for line in LINES if not line.slow])
def test_without_a_fleet_or_without_regions_a_command_ends_in_a_line(
    words: str, checkout: Path, shell: CommandLine
) -> None:
    args = words.split()
    for file in (checkout / "regions" / "prod").glob("*-*.yaml"):
        file.unlink()
    must_end_well(shell.run(checkout, [*args, "--json"]))
    empty = checkout / "empty"
    empty.mkdir()
    ran = shell.run(empty, [*args, "--regions", "nowhere", "--json"])
    must_end_well(ran)


@pytest.mark.parametrize("args", ["list", "status", "show edge", "graph edge", "show edge --json", "--help"])
def test_what_cannot_be_written_is_an_error_in_one_line(args: str, checkout: Path, shell: CommandLine) -> None:
    full = shell.run(checkout, [*args.split(), "-q"], stdout="/dev/full")
    assert full.code == 1, full
    assert full.err.count("\n") == 1, full
    assert "No space left on device" in full.err, full


@pytest.mark.parametrize("args", ["list", "show edge", "show edge --json", "--help"])
def test_a_reader_that_goes_away_ends_a_command_without_a_word(args: str, checkout: Path, shell: CommandLine) -> None:
    gone = shell.run(checkout, [*args.split(), "-q"], stdout="closed")
    assert (gone.code, gone.err) == (1, "")


def test_a_large_fleet_is_listed_and_validated(checkout: Path, shell: CommandLine) -> None:
    folder = checkout / "regions" / "prod"
    text = "location: asia-south1\njurisdiction: {}\nlocality: asia\nlifecycle: planned\naddresses: 10.{}.0.0/16\n"
    for number in range(60):
        (folder / f"ap-{number:02}.yaml").write_text(text.format(JURISDICTION_OF["asia-south1"], 100 + number))
    for command in ("validate", "list", "status", "secrets list", "ci matrix"):
        ran = shell.run(checkout, [*command.split(), "--json"])
        must_end_well(ran)
        assert ran.code == 0, ran
        assert "ap-59" in ran.out


def test_a_value_is_exact_for_a_script_and_fit_for_a_terminal(checkout: Path, shell: CommandLine) -> None:
    value = "a\x1b[2Kb"
    set_ = shell.run(checkout, ["secrets", "set", "eu-west", "session-key"], stdin=value)
    if set_.code:
        pytest.skip("without Pulumi's CLI no secret can be set")
    show = ["secrets", "show", "eu-west", "session-key", "--yes", "-q"]
    assert shell.run(checkout, show).out == f"{value}\n"
    assert shell.run_on_terminal(checkout, show).out.strip() == "a\\x1b[2Kb"
