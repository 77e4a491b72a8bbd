"""What keeps the command line thin, held over its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.commands import MODULES

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


MODULES_OF_CLI = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in CLI.rglob("*.py")
}
DEEPEST = 6


def imported(module: str) -> set[str]:
    """The modules of the command line that one of them loads, be it when a function runs; not for types alone."""
    found = set(_imports(ast.parse(MODULES_OF_CLI[module].read_text(encoding="utf-8"))))
    return {name for name in found if name in MODULES_OF_CLI}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name("TYPE_CHECKING")):
                continue
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (module, *(f"{module}.{alias.name}" for alias in names))
            case _:
                yield from _imports(node)


def chains(module: str, passed: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each way from a module through others of the command line to one that imports none of them."""
    assert module not in passed, f"a circle: {' -> '.join((*passed, module))}"
    below = [chain for name in imported(module) for chain in chains(name, (*passed, module))]
    yield from below or [(*passed, module)]


@pytest.mark.parametrize("command", sorted(MODULES))
def test_a_command_is_a_few_modules_away_from_what_it_calls(command: str) -> None:
    longest = max(chains(MODULES[command]), key=len)
    assert len(longest) <= DEEPEST, " -> ".join(longest)


def test_views_alone_print() -> None:
    """Rich is held by a contract of import-linter; here are the ways around it."""
    writes = r"\bprint\(|\bstd(out|err)\.write|\bos\.write|\btyper\.(echo|secho|style)\b|\blogging\b"
    assert [line for line in having(writes, "cli", "fleet") if not line.startswith("cli/views/")] == []


def test_nothing_names_what_is_private_of_typer() -> None:
    assert having(r"\btyper(\.\w+)*(\._\w+| import .*\b_\w+)", "cli", "tools") == []


def test_whether_a_result_is_text_or_json_is_chosen_in_one_place() -> None:
    assert having(r"\bas_json\b|\bcontext\.json\b|\bprint_json\(", "cli/commands", "cli/views") == [
        "cli/views/console.py: def print_json(document: Any, *, at_once: bool = False) -> None:",
        "cli/views/state.py:         print_json(value)",  # one value, which has no other text
    ]
