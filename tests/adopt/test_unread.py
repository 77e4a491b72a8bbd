"""What lies beside an export is left out and named; what is broken in one is refused in a line."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from regionctl.adopt.classify import Class
from regionctl.adopt.inventory import UnreadableExport
from tests.adopt.exports import (
    JSON_SYNTAX,
    NETWORK_ASSET,
    NETWORK_TF,
    PROJECT,
    classified,
    kinds,
    state,
    unread,
)


def test_terraforms_json_syntax_is_read(tmp_path: Path) -> None:
    coverage = classified(tmp_path, {"main.tf.json": JSON_SYNTAX, "x.auto.tfvars.json": '{"project": "p"}'})
    assert kinds(coverage) == {"main": Class.PART}
    assert unread(coverage) == [
        "main.tf.json:1 module 'm' (./m) is not followed, so its resources are not read",
        "x.auto.tfvars.json:1 these are values of variables, no resources",
    ]


def test_a_template_in_json_syntax_is_an_expression(tmp_path: Path) -> None:
    text = JSON_SYNTAX.replace(f'"{PROJECT}"', '"${var.project}"')
    assert "by an expression" in classified(tmp_path, {"main.tf.json": text}).rows[0].because


BESIDE: dict[str, tuple[str | bytes, str]] = {
    "package.json": ('{"name": "functions"}', "this is no export"),
    ".github/renovate.json": ('{"extends": []}', "this is no export"),
    "tsconfig.json": ("{ // not even JSON\n}", "this is not JSON"),
    "empty.json": ("", "the file is empty"),
    "plan.json": ('{"format_version": "1.2", "terraform_version": "1.9", "values": {}}', "`terraform show -json`"),
    "tofu.json": ('{"meta": {}, "encrypted_data": "x"}', "OpenTofu encrypted this state"),
    "network.yaml": ("kind: ComputeNetwork\n", "a file of YAML"),
    "assets.jsonl.gz": (gzip.compress(b"{}"), "a file that is compressed"),
    "terraform.tfstate.backup": ("{}", "a file that is a backup"),
    "notes.txt": ("by hand", "a file that ends in .txt"),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_no_export_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    content, why = BESIDE[name]
    coverage = classified(tmp_path, {"main.tf": NETWORK_TF, name: content})
    assert kinds(coverage) == {"main": Class.PART}
    (told,) = unread(coverage)
    assert told.startswith(Path(name).name)
    assert why in told
    assert "cut off" not in told


def test_a_folder_of_nothing_else_is_refused_with_what_is_in_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableExport, match=r"package\.json:1:1: this is no export.*give a folder of \.tf files"):
        classified(tmp_path, {"package.json": "{}"})


def test_a_folder_behind_a_link_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "main.tf").write_text(NETWORK_TF)
    export = tmp_path / "export"
    export.mkdir()
    (export / "net").symlink_to("../elsewhere")
    (export / "net2").symlink_to("../elsewhere")
    (export / "again").symlink_to(".")
    (export / "gone.tf").symlink_to("nowhere.tf")
    coverage = classified(export, {})
    assert kinds(coverage) == {"main": Class.PART}
    assert unread(coverage) == [
        "again:1 it leads to a folder that is read already",
        "gone.tf:1 the link leads nowhere",
        "net2:1 it leads to a folder that is read already",
    ]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    assert unread(classified(tmp_path, {"main.tf": NETWORK_TF})) == ["pipe.json:1 it is no file"]


@pytest.mark.parametrize(
    ("name", "text", "where", "what"),
    [
        ("a.tfstate", state({"mode": "managed", "type": "google_compute_network"}), ":8:5", "name is missing"),
        ("a.tfstate", state("x"), ":8:5", "it is no object"),  # type: ignore[arg-type]
        ("a.tfstate", state().replace("[]", "7"), ":7:16", "resources is no list"),
        ("a.json", NETWORK_ASSET.replace('"data": {', '"data": "x", "y": {'), ":1:1", "text that is no JSON"),
        ("a.json", NETWORK_ASSET + '{"name": 5, "asset_type": "t"}', ":2:1", "name is no text"),
        ("a.json", NETWORK_ASSET.replace("false", "NaN"), ":1:1", "NaN"),
        ("a.json", NETWORK_ASSET.replace("false", "1e999"), ":1:1", "1e999 is no number"),
        ("a.json", NETWORK_ASSET.replace("false", "1" * 5000), ":1:1", "this is not JSON"),
        ("a.json", NETWORK_ASSET.replace("false", "[" * 90_000), ":1:1", "nested too deeply"),
        ("a.json", NETWORK_ASSET.replace("false", "[" * 150 + "]" * 150), ":1:1", "nested too deeply"),
        ("a.json", NETWORK_ASSET.replace("REGIONAL", "\\ud800"), ":1:1", "half a character"),
        ("a.tf", NETWORK_TF.replace('= "main"', '= "\\ud800"'), ":2:29", "is no character"),
        ("a.tf", NETWORK_TF.replace("false", "[" * 3000 + "]" * 3000), ":1:1", "nested too deeply"),
        (
            "a.tf",
            f"{NETWORK_TF}<<<<<<< HEAD\n}}\n=======\n>>>>>>> theirs\n",
            ":7:1",
            "a merge was left unfinished here",
        ),
        ("a.tf", "# caf\u00e9\n".encode("cp1252"), ":1:6", "no text in UTF-8"),
    ],
)
def test_a_broken_export_is_one_line_at_its_place(
    tmp_path: Path, name: str, text: str | bytes, where: str, what: str
) -> None:
    with pytest.raises(UnreadableExport) as broken:
        classified(tmp_path, {name: text})
    (problem,) = broken.value.problems
    assert (str(problem.where).endswith(where), what in problem.what, bool(problem.hint)) == (True, True, True), str(
        problem
    )
