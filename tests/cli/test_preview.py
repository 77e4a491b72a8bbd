"""The comment on a pull request: within GitHub's limit whatever the change, and text stays text."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from regionctl.engine import ChangeKind, Op, Plan, Step
from regionctl.review.report import LIMIT, MARKER, Source, full_preview, preview
from tests.folding.plans import ALERT, SQL, TOKENS, change, plan, step

US, EU, AP = TOKENS
SOURCE = Source(
    compared="Compared with main.", full_name="full.md", run_url="https://github.com/acme/infra/actions/runs/1"
)
OURS = {"h3", "code", "table", "tr", "th", "td", "br", "details", "summary", "b", "p", "sub", "a"}
TIER = change("settings.tier", "small", "big")


class Tags(HTMLParser):
    """What a browser makes of HTML: which tags there are, and the texts outside of `code`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.plain: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.plain.append(data)


def rendered(markdown: str) -> tuple[Tags, list[str]]:
    """The HTML around the blocks of code, and the blocks. There is nothing else."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    assert {token.type for token in tokens} <= {"html_block", "fence"}
    html = Tags("".join(token.content for token in tokens if token.type == "html_block"))
    assert html.open == []
    assert set(html.seen) <= OURS
    return html, [token.content for token in tokens if token.type == "fence"]


def test_the_summary_comes_first_and_then_a_part_a_folded_group() -> None:
    plans = [*(plan(stack, step(stack, diff=(TIER,))) for stack in TOKENS), plan("prod.edge"), plan("prod.auth")]
    text = preview(plans, TOKENS, SOURCE)
    html, blocks = rendered(text)
    assert text.startswith("<h3><code>prod</code>: 3 of 5 stacks change</h3>\n")
    assert "restart" in html.plain
    assert html.seen.count("details") == 1
    assert "all 3 regions: <code>prod.us-east</code>, <code>prod.eu-west</code>, <code>prod.ap-south</code></b>" in text
    assert blocks == ["! update  sql.DatabaseInstance  main\n    ~ settings.tier: small -> big\n"]
    assert "<p>Nothing to do: <code>prod.edge</code>, <code>prod.auth</code></p>" in text


def test_where_nothing_changes_it_says_only_that() -> None:
    text = preview([plan(US), plan(EU)], TOKENS, SOURCE)
    rendered(text)
    assert text.startswith("<p><code>prod</code>: nothing changes.</p>\n")
    assert "details" not in text


def test_a_stack_without_a_plan_is_named_and_is_not_nothing() -> None:
    text = preview([plan(US)], TOKENS, SOURCE, failed=[EU])
    rendered(text)
    assert "<b>No plan</b> of <code>prod.eu-west</code>" in text


def test_the_gravest_changes_of_a_group_come_first() -> None:
    steps = [
        step(US, "alert", type_=ALERT, op=Op.DELETE),
        step(US, "tier", diff=(TIER,)),
        step(US, "gone", op=Op.DELETE),
    ]
    _, (block,) = rendered(preview([plan(US, *steps)], TOKENS, SOURCE))
    assert [line.split()[3] for line in block.splitlines() if not line.startswith(" ")] == ["gone", "tier", "alert"]


def test_a_replacement_is_red_and_says_why() -> None:
    parts = (Op.DELETE_REPLACED, Op.REPLACE, Op.CREATE_REPLACEMENT)
    forced = change("region", "a", "b", ChangeKind.UPDATE_REPLACE)
    replaced = [step(US, op=op, diff=(forced,), replace_keys=("region",)) for op in parts]
    _, (block,) = rendered(preview([plan(US, *replaced)], TOKENS, SOURCE))
    assert block.startswith("-+ replace sql.DatabaseInstance  main  replaced because of region; deleted first\n")


def many(count: int, value: str = "v") -> list[Plan]:
    """A change of so many steps in each region."""

    def steps(stack: str) -> Iterator[Step]:
        for number in range(count):
            yield step(stack, f"r{number}", diff=(change("a", number, f"{value}{number}"),))

    return [plan(stack, *steps(stack)) for stack in TOKENS]


def test_a_change_of_5000_steps_is_told_as_far_as_there_is_room() -> None:
    text = preview(many(5000), TOKENS, SOURCE)
    html, (block,) = rendered(text)
    assert LIMIT - MARKER - 200 < len(text.encode()) <= LIMIT - MARKER
    shown = sum(line.startswith("!") for line in block.splitlines())
    assert block.endswith(f"# and {5000 - shown:,} more changes\n")
    assert f"Left out: {5000 - shown:,} more changes." in html.plain
    assert "full.md" in text
    assert 'href="https://github.com/acme/infra/actions/runs/1"' in text


def test_the_whole_text_has_every_step_of_every_stack() -> None:
    plans = many(200, value="v" * 2000)
    _, blocks = rendered(full_preview(plans, TOKENS, SOURCE))
    assert len(blocks) == 3
    assert sum(line.startswith("!") for block in blocks for line in block.splitlines()) == 600
    assert f"-> {'v' * 2000}199\n" in blocks[0]


def test_the_whole_text_compares_the_regions_as_the_short_one_does() -> None:
    assert "kept, every region" in full_preview(many(1), TOKENS, SOURCE)


_HOSTILE = st.lists(
    st.sampled_from(
        [
            *("`", "```", "~~~~", "</details>", "<script>", "<!--", "-->", "&lt;", "|", "@acme/admins", "#1", "GH-1"),
            *("\n", "\r\n", "\n\n", "\u2028", "\u202e", "\t", "\x00", "\x1b[31m", "- [ ] ", "# ", "[x](javascript:1)"),
            *("::error::", "${{ github.token }}", "us-east", "é", "\U0001f308" * 40, "x" * 300, "&", '"', "'"),
        ]
    ),
    max_size=6,
).map("".join)


@st.composite
def _plans(draw: st.DrawFn) -> list[Plan]:
    """Plans of hostile names and values, often more than there is room for."""
    names = draw(st.lists(_HOSTILE, max_size=3, unique=True))
    values = draw(st.lists(_HOSTILE, min_size=1, max_size=3))
    times = draw(st.sampled_from([1, 3, 200]))
    op = draw(st.sampled_from([Op.UPDATE, Op.DELETE, Op.CREATE]))
    stacks = draw(st.lists(st.sampled_from([*TOKENS, "prod.auth"]), unique=True, min_size=1))

    def steps(stack: str) -> list[Step]:
        return [
            step(stack, f"{name}{number}", op=op, diff=tuple(change(value, value, [value, stack]) for value in values))
            for name in names
            for number in range(times)
        ]

    return [plan(stack, *steps(stack)) for stack in stacks]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_plans())
def test_whatever_names_and_values_say_it_stays_text_and_within_the_limit(plans: list[Plan]) -> None:
    text = preview(plans, TOKENS, SOURCE, failed=["prod.x"])
    html, _ = rendered(text)
    assert len(text.encode()) <= LIMIT - MARKER
    plain = "".join(html.plain)
    assert not any(mark in plain for mark in ("@", "#1", "GH-", "${{"))
    assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize("op", [Op.CREATE, Op.UPDATE, Op.DELETE])
def test_what_is_secret_was_masked_before_and_inputs_are_not_shown(op: Op) -> None:
    canary = secrets.token_hex(8)
    hidden = step(US, op=op, type_=SQL, diff=(change("password", "[secret]", "[secret]"),), inputs={"x": canary})
    for text in (preview([plan(US, hidden)], TOKENS, SOURCE), full_preview([plan(US, hidden)], TOKENS, SOURCE)):
        assert canary not in text
        assert "password: [secret] -> [secret]" in text


def test_what_does_not_fit_is_the_least_grave_of_all_groups() -> None:
    """1,500 creates in every region, which come first, leave room for the restart of one region's database."""
    created = [
        plan(
            stack,
            *(step(stack, f"topic-{n}", op=Op.CREATE, type_=ALERT, inputs={"note": "v" * 60}) for n in range(1500)),
        )
        for stack in TOKENS
    ]
    text = preview(
        [replace(created[0], steps=(*created[0].steps, step(US, diff=(TIER,)))), *created[1:]], TOKENS, SOURCE
    )
    assert "settings.tier: small -> big" in text
    assert "topic-0" in text
    assert re.search(r"Left out: [\d,]+ more changes", text)
    assert len(text) <= LIMIT - MARKER
