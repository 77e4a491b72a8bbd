"""docs/architecture.md says which package may know which: held against the contracts, and against what there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def contracts() -> dict[str, Any]:
    """The contracts of import-linter that say floors, by the package whose floors they are: "" for the whole house."""
    linted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layered = [contract for contract in linted["contracts"] if contract["type"] == "layers"]
    return {"".join(contract.get("containers", [])): contract["layers"] for contract in layered}


def drawn() -> list[list[str]]:
    """The page's drawings of floors: a line each, without what is said of it."""
    blocks = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [[re.split(r" {3,}", line)[0] for line in block.splitlines()] for block in blocks]


def packages(folder: Path) -> set[str]:
    return {file.parent.name for file in folder.glob("*/__init__.py")}


def test_the_floors_are_those_of_the_contracts() -> None:
    floors = contracts()
    assert drawn()[:2] == [floors[""], floors["regionctl"]]


def test_every_package_of_the_tool_is_on_a_floor_and_has_its_question() -> None:
    tool = packages(ROOT / "regionctl")
    assert {name for floor in contracts()["regionctl"] for name in floor.split(" | ")} == tool
    assert set(re.findall(r"^\| `(\w+)/` \|", PAGE, re.MULTILINE)) == tool


def test_each_word_for_what_is_wrong_is_a_class_where_the_page_says() -> None:
    section = PAGE.partition("## Words for what is wrong")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", section, re.MULTILINE)
    assert rows
    for word, files in rows:
        for file in re.findall(r"`([\w/.]+)`", files):
            assert f"\nclass {word}(" in (text := (ROOT / file).read_text()) or f"\nclass {word}:" in text, (word, file)


def test_no_other_class_has_one_of_the_words() -> None:
    """`Mistake`, a second `Problem`, a `Fault` that nobody asked for."""
    said = re.compile(r"^class (Mistake|Problem|Finding|Fault|Refusal|Question|Objection)\b", re.MULTILINE)
    folders = ("cli", "components", "fleet", "regionctl", "regions", "stacks")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    found = {(word, file.relative_to(ROOT).as_posix()) for file in files for word in said.findall(file.read_text())}
    assert [(word, file) for word, file in sorted(found) if f"`{file}`" not in PAGE] == []


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:regionctl|regions|stacks|components|fleet|cli|tools)/[\w/]+\.py)`", PAGE)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []
