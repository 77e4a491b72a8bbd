"""What keeps the command line thin, held over its source."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLI = ROOT / "cli"


def lines(*folders: str) -> dict[str, list[str]]:
    """The lines of every module below some folders."""
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    assert files
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8").splitlines() for file in files}


def having(pattern: str, *folders: str) -> list[str]:
    """The lines in which a pattern is, each with its module."""
    found = re.compile(pattern)
    return [f"{file}: {line}" for file, text in lines(*folders).items() for line in text if found.search(line)]


def test_nothing_names_what_is_private_of_typer() -> None:
    assert having(r"\btyper(\.\w+)*(\._\w+| import .*\b_\w+)", "cli", "tools") == []


def test_whether_a_result_is_text_or_json_is_chosen_in_one_place() -> None:
    assert having(r"\bas_json\b|\bcontext\.json\b|\bprint_json\(", "cli/commands", "cli/views") == [
        "cli/views/console.py: def print_json(document: Any, *, at_once: bool = False) -> None:",
        "cli/views/state.py:         print_json(value)",  # one value, which has no other text
    ]
