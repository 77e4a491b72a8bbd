"""`sandbox serve` and `ci comment`: documents that the matrix of commands has no line for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from cli.views.ci import comments_document
from regionctl.github import Done, Kept
from tools import schemas

ROOT = Path(__file__).parents[2]


def valid(name: str, document: object) -> bool:
    return bool(Draft202012Validator(schemas.schema(name)).is_valid(document))


def test_a_server_says_in_one_line_of_json_where_it_serves(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cli.app", "--json", "sandbox", "serve", "--data", str(tmp_path / "clouds.db")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        said = json.loads(server.stdout.readline())
        server.terminate()
        assert (valid("serving", said), server.stdout.read()) == (True, "")


@pytest.mark.parametrize("done", list(Done))
def test_comments_are_told_as_their_schema_says(done: Done) -> None:
    kept = Kept(done=done, url="https://github.example/1", author="bot")
    assert valid("comments", comments_document({"declared-prod": kept}))
