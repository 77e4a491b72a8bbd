"""Generated documents say what the code says."""

from __future__ import annotations

from tools import error_index, reference, rule_index

AGAIN = "differs from the code: run make generated"


def test_the_reference_of_the_command_line_is_the_commands_own() -> None:
    assert reference.FILE.read_text(encoding="utf-8") == reference.reference(), AGAIN


def test_the_index_of_errors_is_the_classes_own() -> None:
    assert error_index.FILE.read_text(encoding="utf-8") == error_index.index(), AGAIN


def test_the_page_of_the_baseline_is_the_rules_own() -> None:
    assert rule_index.FILE.read_text(encoding="utf-8") == rule_index.index(), AGAIN


def test_every_error_says_what_it_means() -> None:
    assert "**: |" not in error_index.index()
