"""What each import inside a function costs: `python -m tools.imports_inside` measures and prints them, dearest first.

For each of them a Python of its own imports the module that holds the function, and then runs the import, with `-X
importtime`. What the module had loaded already costs nothing. One that costs less than 5 ms belongs at the top of its
module. The list of those that do not, with their reasons, is tests/imports_inside.toml. Measure on a quiet machine, and
twice: the first time compiles.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("cli", "components", "fleet", "regionctl", "regions", "stacks")
_LINE = re.compile(r"import time:\s*(?P<own>\d+) \|\s*\d+ \|\s+(?P<module>\S+)", re.ASCII)
_MARK = "--- now the import of the function"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """`heaviest`: the package of which the most time was spent, and how much."""

    file: str
    name: str
    ms: float
    heaviest: tuple[str, float] | None


def inside() -> Iterator[tuple[str, str, str]]:
    """Each import inside a function: the file, what is imported (`package.module`, `.sibling`), and the statement."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from ((path.relative_to(ROOT).as_posix(), *one) for one in _imported(function))


def _imported(function: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(function):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, ast.unparse(node)) for alias in names)
            case ast.ImportFrom(module=module, level=level):
                yield "." * level + (module or ""), ast.unparse(node)


def cost(file: str, name: str, statement: str) -> Cost:
    """What the statement costs where nothing but the file's module was imported before."""
    parts = Path(file).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    package = module if parts[-1] == "__init__" else module.rpartition(".")[0]
    code = (
        f"import sys, importlib; importlib.import_module({module!r});"
        f" print({_MARK!r}, file=sys.stderr, flush=True); exec({statement!r}, {{'__package__': {package!r}}})"
    )
    command = [sys.executable, "-X", "importtime", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return costing(file, name, done.stderr)


def costing(file: str, name: str, said: str) -> Cost:
    """The cost from what `-X importtime` said."""
    by_package: dict[str, float] = {}
    for line in _LINE.finditer(said.partition(_MARK)[2]):
        package = line["module"].partition(".")[0]
        by_package[package] = by_package.get(package, 0) + int(line["own"]) / 1000
    heaviest = max(by_package.items(), key=lambda one: one[1], default=None)
    return Cost(file=file, name=name, ms=sum(by_package.values()), heaviest=heaviest)


def lines(costs: Iterable[Cost]) -> Iterator[str]:
    """A line each, the dearest first."""
    for one in sorted(costs, key=lambda one: -one.ms):
        most = f", most of it {one.heaviest[0]} ({one.heaviest[1]:.1f} ms)" if one.heaviest else ""
        yield f"{one.ms:8.1f} ms  {one.file}: {one.name}{most}"


def main() -> None:
    with ThreadPoolExecutor(2) as pool:
        for line in lines(pool.map(lambda one: cost(*one), sorted(set(inside())))):
            print(line)


if __name__ == "__main__":
    main()
