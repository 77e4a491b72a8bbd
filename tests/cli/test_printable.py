"""No text that we did not write commands a terminal or forges a line, and nothing that differs looks the same."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.views.console import data, json_data, note, print_json, print_table, say, value
from cli.views.text import Text
from regionctl.model.printable import in_json, one_line, paragraph
from regionctl.render import Alias, CustomTimeouts
from regionctl.render.plain import in_line as shown

ERASES = "\x1b[2K\x1b[1A"
HOSTILE = (
    ERASES,
    "\r",
    "\n",
    "\b\b\b",
    "\x07",
    "\x00",
    "\x7f",
    "\x9b2J",
    "\u202etxt.exe",
    "\u2066",
    "\u200b",
    "\u2028",
    "\ufeff",
    "\ud800",
    "\U000e0041",
    "\u00ad",
)
ANY = st.text(st.characters(codec=None, exclude_categories=()))


def commands(text: str) -> list[str]:
    """The characters of a text, but line ends, that a terminal may obey or that nobody sees."""
    return [char for char in text if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


@given(ANY)
def test_a_line_is_one_line_and_commands_nothing(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert Text(text).plain == line
    assert Text("a ").append(text).plain == f"a {line}"
    assert Text.assemble((text, "red"), text).plain == line * 2


@given(ANY, ANY)
def test_what_differs_by_a_character_that_is_not_seen_does_not_look_the_same(one: str, other: str) -> None:
    if "\\" not in one + other:
        assert (one_line(one) == one_line(other)) is (one == other)


@given(ANY)
def test_a_document_keeps_its_lines_and_tabs(text: str) -> None:
    assert len(paragraph(text).split("\n")) == len(text.split("\n"))
    assert not commands(paragraph(text).replace("\t", ""))


@given(ANY, st.booleans())
def test_json_keeps_each_value_and_writes_nothing_that_a_terminal_obeys(text: str, ascii_only: bool) -> None:
    document = in_json(json.dumps({text: [text]}, indent=2, ensure_ascii=False), ascii_only=ascii_only)
    assert not commands(document)
    assert document.isascii() or not ascii_only
    assert json.loads(document) == {text: [text]}


@given(ANY)
def test_a_value_is_shown_on_one_line_and_what_it_hides_is_written_out(text: str) -> None:
    assert shown(text).isprintable()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_that_is_printed_reaches_a_terminal_as_a_command(
    hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    say(f"a{hostile}b")
    note(f"a{hostile}b")
    say(Text(f"a{hostile}b", "red"))
    data(f"a{hostile}b")
    print_table(("name", "value"), [(f"a{hostile}", Text(hostile))])
    print_json({"a": hostile})
    said = capsys.readouterr()
    assert commands(said.out + said.err) == []
    assert hostile.encode("unicode_escape").decode() in said.err


def test_markup_of_rich_in_a_value_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    say("[bold red]x[/] :boom: [link=file:///etc/passwd]y[/link]")
    assert capsys.readouterr().out == "[bold red]x[/] :boom: [link=file:///etc/passwd]y[/link]\n"


def test_a_value_for_a_program_is_exact(capsys: pytest.CaptureFixture[str]) -> None:
    value(f"-----BEGIN-----\nx{ERASES}\n")
    assert capsys.readouterr().out == f"-----BEGIN-----\nx{ERASES}\n\n"


def test_a_document_has_words_for_what_json_has_none_for(capsys: pytest.CaptureFixture[str]) -> None:
    values = {
        "alias": Alias(name="old"),
        "timeouts": CustomTimeouts(create="20m"),
        "nan": float("nan"),
        "huge": float("inf"),
        "bytes": b"\xff",
        "set": {1},
    }
    print_json(values)
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found == {
        "alias": {"name": "old"},
        "timeouts": {"create": "20m"},
        "nan": "nan",
        "huge": "inf",
        "bytes": "b'\\xff'",
        "set": [1],
    }


def test_a_document_of_pulumis_stays_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    json_data('{"a": "\u009b2J\u2028é"}')
    assert capsys.readouterr().out == '{"a": "\\u009b2J\\u2028é"}\n'
