"""Imports inside functions are there for start-up time, or they are not there: each is in a list, with its reason."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_name("imports_inside.toml")
PACKAGES = ("cli", "components", "fleet", "regionctl", "regions", "stacks")


def inside() -> Iterator[tuple[str, str]]:
    """Each file with an import inside a function, and what it imports: `package.module`, `.sibling`."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from ((path.relative_to(ROOT).as_posix(), name) for name in _imported(function))


def _imported(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, level=level):
                yield "." * level + (module or "")


def test_every_import_inside_a_function_is_in_the_list_with_its_reason() -> None:
    reasons = tomllib.loads(LIST.read_text(encoding="utf-8"))["reason"]
    listed = {(file, name) for one in reasons for file, names in one["files"].items() for name in names}
    assert all(one["why"] for one in reasons)
    found = set(inside())
    assert found - listed == set(), "import it at the top of the module, or say in tests/imports_inside.toml why not"
    assert listed - found == set(), "these are gone: take them out of tests/imports_inside.toml"
