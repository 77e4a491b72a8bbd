"""What `regionctl/sdk/` uses of the SDK's inside may go: a run then takes longer, and has the same result."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from regionctl.render import Declaration, render
from regions.load import load_fleet
from stacks.programs import programs

ROOT = Path(__file__).parents[2]
PACKAGE = "regionctl.sdk"
OURS = ("cli", "components", "fleet", "regionctl", "regions", "stacks")

# By module of ours: the chains of names from what it imports of the SDK.
NAMES = {
    "ports": {"_stack.grpc"},
    "programs": {
        "log.debug",
        "resource._get_stack_trace",
        "Resource.__hash__",
        "_types.resource_types",
        "_types.unwrap_type",
        "SETTINGS.lock",
        "SETTINGS.rpc_manager",
        "SETTINGS.rpc_manager.rpcs",
        "SETTINGS.outputs",
    },
}
# What goes over the wire: pulumi/source.proto, which the CLI and the SDK share.
WIRE = {"source_pb2.StackTrace", "source_pb2.SourcePosition", "source_pb2.StackFrame"}


class Lacking:
    """Another object without one of its names, or one of a name's names."""

    def __init__(self, whole: object, chain: str) -> None:
        self.__dict__.update(whole=whole, chain=chain)

    def __getattr__(self, name: str) -> Any:
        gone, _, below = self.chain.partition(".")
        if name == gone and not below:
            raise AttributeError(name)
        found = getattr(self.whole, name)
        return Lacking(found, below) if name == gone else found

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.whole, name, value)


def declaration() -> Declaration:
    return render(programs(load_fleet(ROOT / "regions", "staging"))["staging.edge"])


@pytest.fixture(scope="module")
def whole() -> Declaration:
    return declaration()


@pytest.mark.parametrize(("module", "chain"), [(module, chain) for module in NAMES for chain in sorted(NAMES[module])])
def test_a_program_declares_the_same_where_the_sdk_lacks_a_name(
    module: str, chain: str, whole: Declaration, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, _, below = chain.partition(".")
    importlib.import_module(f"{PACKAGE}.{module}")
    ours = sys.modules[f"{PACKAGE}.{module}"]
    monkeypatch.setattr(ours, root, Lacking(getattr(ours, root), below))
    assert declaration() == whole


def test_nothing_else_names_what_is_private_of_the_sdk() -> None:
    private = re.compile(r"\bpulumi(\.\w+)*(\._\w+| import .*\b_\w+)")
    ours = [path for name in OURS for path in (ROOT / name).rglob("*.py") if ROOT / "regionctl/sdk" not in path.parents]
    assert ours
    found = [(str(path), line) for path in ours for line in path.read_text().splitlines() if private.search(line)]
    assert found == []


def test_every_name_of_the_sdk_that_is_used_is_taken_away_once() -> None:
    used = {
        path.stem: set(_chains(ast.parse(path.read_text()))) - WIRE for path in (ROOT / "regionctl/sdk").glob("*.py")
    }
    assert {module: chains for module, chains in used.items() if chains} == NAMES


def _chains(tree: ast.Module) -> Iterator[str]:
    """Attributes of what is imported from Pulumi's SDK, and names that are given to a helper as text."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pulumi"
        for alias in node.names
    }
    for node in ast.walk(tree):
        match node:
            case ast.Attribute() if ast.unparse(node).split(".")[0] in imported:
                yield ast.unparse(node)
            case ast.Call(args=[ast.Name(id=root), ast.Constant(value=str(name)), *_]) if root in imported:
                yield f"{root}.{name}"
