"""Command lines in hints mean the same fleet, specs and state as the one that was typed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from cli.commands import Commands
from fleet.context import FleetContext
from regionctl.model.hints import repeat
from regionctl.probes import Origin
from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]

ROOT = Path(__file__).parents[2]
# Where a command is spoken of and not told to be typed next, or means the same with every fleet, specs and state.
SPOKEN_OF = frozenset(
    {
        "tools/reference.py",
        "tools/rule_index.py",
        "tools/error_index.py",
        "tools/schemas.py",
        "fleet/proposal/plan.py",
        "fleet/proposal/draft.py",
        "cli/views/adopt.py",
        "regions/spec.py",
        "regions/draft.py",
        "regions/exceptions.py",
        "stacks/watch.py",
        "regionctl/proofs/baseline/secrets.py",
    }
)
SAME_EVERYWHERE = ("engine install", "ci preview", "state export` wrote")


@pytest.fixture(autouse=True)
def nothing_given() -> Iterator[None]:
    yield
    repeat({})


def damaged(fleet: Holding) -> None:
    path = fleet.checkpoint("staging.auth")
    path.parent.mkdir(parents=True)
    path.write_text("{")


def test_what_was_typed_is_repeated(fleet: Holding) -> None:
    state = fleet.root / "a state"
    (state / ".pulumi" / "stacks" / "regionctl").mkdir(parents=True)
    (state / ".pulumi" / "stacks" / "regionctl" / "staging.auth.json").write_text("{")
    (fleet.root / "regions").rename(fleet.root / "specs")
    given = ["--regions", "specs", "--fleet", "staging", "--state", "a state"]
    said = fleet.run(*given, "state", "list", "auth")
    assert said.code == 1
    assert "regionctl --fleet staging --regions specs --state 'a state' state repair auth" in said.err


def test_what_was_not_typed_is_not_said(fleet: Holding, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment holds for the next command as well."""
    damaged(fleet)
    monkeypatch.setenv("REGIONCTL_REGIONS", "regions")
    monkeypatch.setenv("REGIONCTL_FLEET", "staging")
    assert "run: regionctl --fleet staging state repair auth" in fleet.run("state", "list", "auth").err


def test_a_fleet_that_is_the_default_is_named_where_it_was_typed(fleet: Holding) -> None:
    assert (
        "drain it first: regionctl --fleet prod drain eu-west" in fleet.run("--fleet", "prod", "close", "eu-west").err
    )
    assert "drain it first: regionctl drain eu-west" in fleet.run("close", "eu-west").err


NEXT: Mapping[str, Callable[[FleetContext], str]] = {
    "a stack's program": lambda context: context.one("auth").command("up"),
    "the fleet's context": lambda context: context.command("up", "auth"),
    "a region's origin": lambda context: _origin(context.fleet_name).command("up", "auth"),
}


@pytest.mark.parametrize("of", NEXT)
@pytest.mark.parametrize(
    ("name", "typed", "environment", "said"),
    [
        ("prod", (), {}, ""),
        ("prod", ("--fleet", "prod"), {}, "--fleet prod "),
        ("prod", (), {"REGIONCTL_FLEET": "staging"}, "--fleet prod "),
        ("staging", (), {}, "--fleet staging "),
        ("staging", ("--fleet", "staging"), {}, "--fleet staging "),
        ("staging", ("--fleet", "prod"), {}, "--fleet staging "),
        ("staging", (), {"REGIONCTL_FLEET": "staging"}, "--fleet staging "),  # another shell lacks the variable
    ],
)
def test_all_that_say_what_to_type_next_name_a_fleet_by_one_rule(
    *,
    of: str,
    name: str,
    typed: tuple[str, ...],
    environment: dict[str, str],
    said: str,
    fleet: Holding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    fleet.run(*typed, "validate")
    assert NEXT[of](fleet.context(name)) == f"regionctl {said}up auth"


def _origin(fleet_name: str) -> Origin:
    return Origin(fleet=fleet_name, region="eu-west", host="eu-west.example", address="198.18.0.7")


def test_what_a_new_regions_commands_mean_is_what_was_typed(fleet: Holding) -> None:
    (fleet.root / "regions").rename(fleet.root / "specs")
    said = fleet.run("--regions", "specs", "new", "eu-north", "--location", "europe-north1")
    assert "  regionctl --regions specs up eu-north" in said.err.splitlines()


def test_no_command_to_type_next_is_written_by_hand() -> None:
    words = "|".join(sorted(name for name in Commands(lambda _command: None)))
    typed = re.compile(rf"regionctl (?:--\S+ \S+ )*(?:{words})\b")
    found = []
    for package in ("regionctl", "fleet", "cli", "regions", "components", "stacks"):
        for file in sorted((ROOT / package).rglob("*.py")):
            name = str(file.relative_to(ROOT))
            if name not in SPOKEN_OF:
                found += [f"{name}:{line}: {text}" for line, text in _texts(file) if typed.search(text)]
    assert [line for line in found if not any(same in line for same in SAME_EVERYWHERE)] == []


def _texts(file: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module that are no docstrings."""
    tree = ast.parse(file.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
