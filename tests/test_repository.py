"""What holds for the repository as a whole."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("regionctl", "regions", "components", "stacks", "fleet", "cli")


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in listing.stdout.split("\0") if name]


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "services/requirements.lock", "services/runtime.lock", "worker/package-lock.json"]
)
def test_a_lock_holds_no_registry_address(lock: str) -> None:
    assert not re.findall(r"https?://\S*(?:pypi|npmjs|pythonhosted|registry)\S*", (ROOT / lock).read_text())


def test_every_requirement_of_the_lock_has_a_hash() -> None:
    text = (ROOT / "requirements.lock").read_text()
    requirements = re.split(r"\n(?=[a-z0-9])", text.split("\n", 2)[2])
    assert all("--hash=sha256:" in requirement for requirement in requirements)


def test_direct_dependencies_are_locked_at_the_version_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    named = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pins = dict(name.split("==") for name in named)
    # `moto[s3]` is locked as `moto`.
    assert {
        name.partition("[")[0].replace(".", "-"): version for name, version in pins.items()
    }.items() <= locked.items()


def test_what_is_imported_is_a_direct_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {name.partition("==")[0] for name in project["dependencies"]}
    sources = [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in OURS]
    imported = {module for path in sources for module in modules(ast.parse(path.read_text()))}
    outside = imported - {*OURS, *sys.stdlib_module_names}
    distributions = packages_distributions()
    providers = {module: {name.replace("_", "-") for name in distributions[module]} for module in outside}
    assert providers
    assert [module for module, names in providers.items() if declared.isdisjoint(names)] == []


def modules(tree: ast.Module) -> Iterator[str]:
    """The top-level packages that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def test_no_private_key_or_token_is_committed() -> None:
    marks = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|ghp_[A-Za-z0-9]{30}|AIza[A-Za-z0-9_-]{30}")
    assert [path for path in tracked() if path.is_file() and marks.search(path.read_bytes())] == []


def test_no_class_of_ours_is_patched() -> None:
    """A stand-in is an argument (docs/adr/runs-without-a-terminal.md)."""
    tests = [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == "tests"]
    patched = [f"{path.name}: {target}" for path in tests for target in patches(ast.parse(path.read_text()))]
    assert [target for target in patched if re.search(r"(: |\.)[A-Z][A-Za-z]*[a-z]\b", target)] == []


def patches(tree: ast.Module) -> Iterator[str]:
    """What of ours a test patches: `regionctl.engine.Engine`, whether it is named by a text or imported."""
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "monkeypatch.setattr":
            what = node.args[0]
            name = what.value if isinstance(what, ast.Constant) else ast.unparse(what)
            name = imported.get(str(name), str(name))
            if name.partition(".")[0] in OURS:
                yield name
