"""What several stacks do alike is one change; what differs in anything but tokens is not."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from regionctl.engine import Op, Plan, Step
from regionctl.review.folding import fold
from tests.folding.plans import NETWORK, SQL, TOKENS, change, plan, step

US, EU, AP = TOKENS


def in_each(**by_stack: str) -> list[Plan]:
    """One update a stack, with the new tier that the test says; dashes written as underscores."""
    stacks = {f"prod.{name.replace('_', '-')}": tier for name, tier in by_stack.items()}
    return [plan(stack, step(stack, diff=(change("settings.tier", "small", tier),))) for stack, tier in stacks.items()]


def test_what_all_regions_do_alike_is_one_change() -> None:
    (group,) = fold(in_each(us_east="big", eu_west="big", ap_south="big"), TOKENS)
    assert group.stacks == (US, EU, AP)
    assert len(group.changes) == 1


def test_what_one_region_does_otherwise_stands_apart_and_after() -> None:
    most, only = fold(in_each(us_east="big", eu_west="huge", ap_south="big"), TOKENS)
    assert most.stacks == (US, AP)
    assert only.stacks == (EU,)


def test_a_regions_own_texts_do_not_make_a_difference_and_are_shown_as_what_they_are() -> None:
    plans = [
        plan(stack, step(stack, type_=NETWORK, diff=(change("range", f"10.{number}.0.0/17", f"10.{number}.0.0/16"),)))
        for number, stack in enumerate(TOKENS, 1)
    ]
    (group,) = fold(plans, TOKENS)
    (shown,) = group.steps
    assert shown.urn == f"urn:pulumi:<stack>::regionctl::{NETWORK}::main"
    assert (shown.diff[0].old, shown.diff[0].new) == ("<workloads-range>", "<addresses>")
    assert {stack: steps[0].diff[0].new for stack, steps in group.changes[0].by_stack.items()} == {
        US: "10.1.0.0/16",
        EU: "10.2.0.0/16",
        AP: "10.3.0.0/16",
    }


def test_a_change_of_one_stack_is_shown_as_it_is() -> None:
    own = step(US, diff=(change("name", "x", "acme-prod-us-east-1-x"),))
    (group,) = fold([plan(US, own)], TOKENS)
    assert group.steps == (own,)


def test_stacks_without_tokens_are_compared_with_nothing() -> None:
    stacks = ("prod.auth", "prod.edge")
    groups = fold([plan(stack, step(stack, diff=(change("ttl", 60, 300),))) for stack in stacks], TOKENS)
    assert [group.stacks for group in groups] == [("prod.auth",), ("prod.edge",)]


def test_a_replacement_stays_together() -> None:
    parts = (Op.DELETE_REPLACED, Op.REPLACE, Op.CREATE_REPLACEMENT)
    plans = [plan(stack, *(step(stack, op=op) for op in parts), step(stack, "other")) for stack in TOKENS]
    (group,) = fold(plans, TOKENS)
    assert [[one.op for one in folded.steps] for folded in group.changes] == [[*parts], [Op.UPDATE]]


def test_resources_are_made_alike_only_with_the_same_inputs() -> None:
    tiers = {US: "big", EU: "small", AP: "small"}
    plans = [plan(stack, step(stack, op=Op.CREATE, inputs={"tier": tier})) for stack, tier in tiers.items()]
    assert [group.stacks for group in fold(plans, TOKENS)] == [(EU, AP), (US,)]


def test_where_they_are_not_made_alike_it_says_in_what() -> None:
    tiers = {US: "big", EU: "small", AP: "small"}
    plans = [
        plan(stack, step(stack, op=Op.CREATE, inputs={"settings": {"tier": tier}, "project": stack, "of": [1]}))
        for stack, tier in tiers.items()
    ]
    groups = fold(plans, TOKENS)
    shown = [[(change.path, change.kind, change.new) for change in group.steps[0].diff] for group in groups]
    assert shown == [[("settings.tier", "add", "small")], [("settings.tier", "add", "big")]]


def test_true_is_not_one() -> None:
    plans = [plan(US, step(US, diff=(change("on", 0, 1),))), plan(EU, step(EU, diff=(change("on", 0, True),)))]
    assert len(fold(plans, TOKENS)) == 2


def test_a_text_that_somebody_wrote_like_a_placeholder_is_none() -> None:
    plans = [
        plan(US, step(US, diff=(change("name", "", "us-east"),))),
        plan(EU, step(EU, diff=(change("name", "", "<region>"),))),
    ]
    assert len(fold(plans, TOKENS)) == 2


def test_what_does_not_change_is_in_no_group() -> None:
    assert fold([plan(stack, step(stack, op=Op.SAME)) for stack in TOKENS], TOKENS) == ()


def test_the_same_resource_may_be_protected_in_one_region_only() -> None:
    plans = [plan(US, step(US, op=Op.DELETE, protect=True)), plan(EU, step(EU, op=Op.DELETE))]
    assert len(fold(plans, TOKENS)) == 2


def test_types_are_part_of_what_a_resource_is() -> None:
    plans = [plan(US, step(US, type_=SQL)), plan(EU, step(EU, type_=NETWORK))]
    assert len(fold(plans, TOKENS)) == 2


_WORDS = st.sampled_from(["region", "stack", "project", "location", "addresses", "backups", "status", "<region>"])
_TEXTS = st.lists(_WORDS, min_size=1, max_size=3).map(tuple)
_CHANGES = st.tuples(st.sampled_from(["a", "b"]), st.sampled_from([Op.UPDATE, Op.DELETE]), _TEXTS, _TEXTS)
_BY_NAME = st.lists(_CHANGES, max_size=4, unique_by=lambda one: one[0])


def _made(stack: str, name: str, op: Op, old: tuple[str, ...], new: tuple[str, ...]) -> Step:
    """The change as the stack would make it, with its own tokens for the words that name some."""
    texts = {word: token for token, word in TOKENS[stack].items()}
    before, after = ("/".join(texts.get(word, word) for word in words) for words in (old, new))
    return step(stack, name, op=op, diff=(change("x", before, {"of": [after]}),))


@settings(deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(TOKENS, _BY_NAME)))
def test_exactly_what_differs_in_tokens_only_is_folded_and_nothing_is_lost(
    wanted: dict[str, list[tuple[str, Op, tuple[str, ...], tuple[str, ...]]]],
) -> None:
    plans = [plan(stack, *(_made(stack, *one) for one in changes)) for stack, changes in wanted.items()]
    groups = fold(plans, TOKENS)

    stacks_of = Counter(one for changes in wanted.values() for one in changes)
    folded = [change for group in groups for change in group.changes]
    assert sorted(len(change.by_stack) for change in folded) == sorted(stacks_of.values())

    unfolded: dict[str, list[Step]] = {stack: [] for stack in TOKENS}
    for one in folded:
        for stack, steps in one.by_stack.items():
            unfolded[stack] += steps
    for original in plans:
        assert sorted(unfolded[original.stack], key=_urn) == sorted(original.changes, key=_urn)


def _urn(one: Step) -> str:
    return one.urn
