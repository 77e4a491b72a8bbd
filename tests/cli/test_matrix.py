"""Every command: as text, as JSON, verbose, quiet, on a terminal and without one, with NO_COLOR.

Each ends with its documented exit code, never in a traceback; stdout has the data alone, with `--json` one document
that its schema (docs/schemas/) takes; without a terminal or with NO_COLOR nothing that a terminal obeys is written.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from tests.cli.command_line import ESCAPES, ROOT, CommandLine, Ran, command_lines
from tests.cli.lines import ANY_VALUE, LINES, Line, leaves
from tools import schemas

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def shell() -> Iterator[CommandLine]:
    with command_lines() as lines:
        lines.environment = {"REGIONCTL_FLEET": "staging", "LC_ALL": "C.UTF-8"}
        yield lines


@pytest.fixture(scope="module")
def applied(shell: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which the whole staging fleet was applied, with an export of it and of a state."""
    folder = tmp_path_factory.mktemp("applied")
    shutil.copytree(ROOT / "regions", folder / "regions", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "comment.md").write_text("nothing\n")
    must_work(shell.run(folder, ["up", "--all", "--yes", "-q"]))
    projects = must_work(shell.run(folder, ["sandbox", "status", "--json"])).json["projects"]
    project = next(name for name in projects if "us-east" in name)
    must_work(shell.run(folder, ["sandbox", "export", "export", "--format", "cai", "--project", project]))
    (folder / "edge.json").write_text(shell.run(folder, ["state", "export", "edge"]).out)
    return folder


@pytest.fixture
def checkout(applied: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return shutil.copytree(applied, tmp_path / "checkout", symlinks=True)


def must_work(ran: Ran) -> Ran:
    assert ran.code == 0, ran
    return ran


def must_be_clean(ran: Ran) -> None:
    """No traceback, and nothing that a terminal obeys."""
    assert "Traceback" not in ran.out + ran.err, ran
    assert "a defect of regionctl" not in ran.out + ran.err, ran
    assert not ESCAPES.search(ran.out.replace("\r\n", "\n") + ran.err), ran


def must_fail_in_one_line(ran: Ran) -> None:
    assert ran.out == "", ran
    assert len(ran.errors) == 1, ran


def must_be_a(document: str, ran: Ran) -> None:
    """One document, which its schema takes."""
    found = ran.json
    if document != ANY_VALUE:
        valid = Draft202012Validator(schemas.schema(document), format_checker=FormatChecker())
        assert [f"{error.json_path}: {error.message}"[:300] for error in valid.iter_errors(found)] == []


@pytest.mark.parametrize("line", [line for line in LINES if not line.slow], ids=lambda line: line.args)
def test_a_quick_command_in_every_way(line: Line, checkout: Path, shell: CommandLine) -> None:
    for options in (["-v"], ["-q"], ["--json"]):
        _without_a_terminal(line, options, checkout, shell)
    for environment in ({}, {"NO_COLOR": "1"}):
        _on_a_terminal(line, environment, checkout, shell)


@pytest.mark.parametrize("line", [line for line in LINES if line.slow], ids=lambda line: line.args)
def test_a_slow_command_in_every_way(line: Line, checkout: Path, shell: CommandLine) -> None:
    _without_a_terminal(line, ["--json", "-q"], checkout, shell)
    if not line.alias:
        _on_a_terminal(line, {"NO_COLOR": "1", "REGIONCTL_VERBOSE": "1"}, checkout, shell)
        _on_a_terminal(line, {}, checkout, shell)


def _without_a_terminal(line: Line, options: list[str], checkout: Path, shell: CommandLine) -> None:
    folder = _anew(checkout)
    ran = shell.run(folder, [*line.args.split(), *options], stdin=line.stdin)
    assert ran.code == line.code, ran
    must_be_clean(ran)
    if line.code == 1 and line.document is None:
        must_fail_in_one_line(ran)
    elif "--json" in options:
        assert line.document, ran
        must_be_a(line.document, ran)
    if "-q" in options and line.code == 0:  # but for warnings nothing is said
        assert [one for one in ran.err.splitlines() if not one.startswith("Warning: ")] == [], ran


def _on_a_terminal(line: Line, environment: dict[str, str], checkout: Path, shell: CommandLine) -> None:
    args = line.args.split()
    if line.command == "secrets set":
        return  # it asks; the prompt is Typer's
    ran = shell.run_on_terminal(_anew(checkout), args, environment)
    assert ran.code == line.code, ran
    assert "Traceback" not in ran.out, ran
    if environment:
        must_be_clean(ran)


def _anew(checkout: Path) -> Path:
    """The checkout as it was, whatever the last command did to it."""
    folder = checkout.with_name("now")
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(checkout, folder, symlinks=True)


def test_every_command_is_in_the_matrix() -> None:
    assert {line.command for line in LINES} == {" ".join(path) for path, _ in leaves()}


def test_every_schema_is_one_of_a_command() -> None:
    elsewhere = {"comments", "serving"}  # test_serving.py
    assert {line.document for line in LINES} - {None, ANY_VALUE} == set(schemas.DOCUMENTS) - elsewhere


def test_every_schema_is_a_schema_and_closed() -> None:
    for name in schemas.DOCUMENTS:
        schema = schemas.schema(name)
        Draft202012Validator.check_schema(schema)
        for part in _objects(schema):
            assert "additionalProperties" in part, (name, part)


def _objects(part: object) -> Iterator[dict[str, object]]:
    if isinstance(part, dict):
        if part.get("type") == "object":
            yield part
        for below in part.values():
            yield from _objects(below)
    elif isinstance(part, list):
        for below in part:
            yield from _objects(below)


def test_the_published_schemas_are_those_of_the_code() -> None:
    again = "differs from the code: run make generated"
    files = {path.name: json.loads(path.read_text()) for path in schemas.FOLDER.glob("*.json")}
    assert files == {f"{name}.v{schemas.VERSION}.json": schemas.schema(name) for name in schemas.DOCUMENTS}, again
    assert (schemas.FOLDER / "README.md").read_text() == schemas.readme(), again
