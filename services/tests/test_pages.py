"""Pages name tests and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs" / "services").glob("*.md")), ROOT / "services" / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [
        f"{file}::{test}"
        for file, test in re.findall(r"`(services/tests/[\w/]+\.py)::(\w+)`", text)
        if not re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    missing += [
        name
        for name in re.findall(r"`((?:services|kit|tools|docs)/[\w./-]+)`", text)
        if not ((ROOT / name).exists() or (ROOT / "services" / name).exists())
    ]
    missing += [
        link for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) if not (page.parent / link).resolve().exists()
    ]
    assert missing == []
