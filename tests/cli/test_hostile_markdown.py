"""In Markdown for GitHub foreign text is text: it ends no code, makes no link, mention, comment or markup."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from regionctl.model.markdown import code, fenced, prose, span
from regionctl.model.printable import one_line

HOSTILE = st.text(st.sampled_from("`~|<>[]()!-*_#@:/.\\\"'& \n\r\x1b\u2028axhtps") | st.characters(), max_size=40)


def markdown() -> MarkdownIt:
    return MarkdownIt("gfm-like", {"html": True, "linkify": False})


@given(HOSTILE)
def test_a_code_span_is_one_piece_of_code(text: str) -> None:
    inline = markdown().parse(f"- {span(text)} and on")[3]
    assert inline.children
    assert [token.type for token in inline.children] == ["code_inline", "text"]
    assert inline.children[0].content.strip() == one_line(text).strip()


@given(st.lists(HOSTILE, max_size=4))
def test_a_fence_ends_where_it_is_to(lines: list[str]) -> None:
    tokens = markdown().parse(f"{fenced(lines, 'diff')}\n\nand on")
    assert [token.type for token in tokens[:2]] == ["fence", "paragraph_open"]
    assert tokens[0].content == "".join(f"{one_line(line)}\n" for line in lines)


@given(HOSTILE)
def test_foreign_text_in_an_html_block_stays_in_its_code(text: str) -> None:
    said = code(text)
    assert said.count("<") == 2
    assert "\n" not in said
    assert html.unescape(said.removeprefix("<code>").removesuffix("</code>")) == one_line(text)


@given(HOSTILE)
def test_a_foreign_word_in_a_sentence_is_code_where_it_could_be_more(text: str) -> None:
    bare = "".join(part.partition("</code>")[2] if i else part for i, part in enumerate(prose(text).split("<code>")))
    assert not set(bare) & set("@#/<>`[]!*")


@pytest.mark.parametrize("revision", ["@octocat", "https://evil.example", "#12", "<!--x", "feature/@octocat", "a|b"])
def test_a_revision_of_any_name_is_code(revision: str) -> None:
    said = prose(f"Compared with {revision} by what the programs declare")
    assert said == f"Compared with <code>{html.escape(revision)}</code> by what the programs declare"
