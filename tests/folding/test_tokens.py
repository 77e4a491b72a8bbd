"""A stack's own texts become placeholders at the borders of words, and nothing is lost by it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionctl.review.folding import Placeholder, Template, Tokens
from regionctl.review.folding.fold import identity, readable

NAMES = {
    "us": "region",
    "prod.us": "stack",
    "acme-prod-us-1": "project",
    "us-east1": "location",
    "10.1.0.0/16": "addresses",
    "10.1.128.0": "services-address",
}
TOKENS = Tokens(NAMES)
OTHERS = Tokens(
    {
        "eu": "region",
        "prod.eu": "stack",
        "acme-prod-eu-1": "project",
        "europe-west1": "location",
        "10.2.0.0/16": "addresses",
        "10.2.128.0": "services-address",
    }
)

_texts = st.lists(
    st.sampled_from([*NAMES, "eu", "status", "-", "/", ".", "_", "0", "a", " ", "<region>", "<", ">", "é"])
).map("".join)
_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 1) | st.floats(0, 1) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


def restored(value: Any) -> Any:
    """The value with the tokens back in it."""
    tokens = {Placeholder(name): token for token, name in NAMES.items()}
    match value:
        case Template(parts):
            return "".join(tokens[part] if isinstance(part, Placeholder) else part for part in parts)
        case dict():
            return {restored(key): restored(item) for key, item in value.items()}
        case list():
            return [restored(item) for item in value]
        case _:
            return value


@given(_values)
def test_nothing_is_lost(value: Any) -> None:
    assert identity(restored(TOKENS.normalise(value))) == identity(value)


@given(_values)
def test_to_normalise_again_changes_nothing(value: Any) -> None:
    once = TOKENS.normalise(value)
    assert identity(TOKENS.normalise(once)) == identity(once)


@given(_values, _values)
def test_two_values_of_a_stack_that_differ_still_do(one: Any, other: Any) -> None:
    alike = identity(TOKENS.normalise(one)) == identity(TOKENS.normalise(other))
    assert alike == (identity(one) == identity(other))


@given(_values)
def test_what_two_stacks_have_in_common_differs_in_their_tokens_only(value: Any) -> None:
    common = identity(TOKENS.normalise(value)) == identity(OTHERS.normalise(value))
    assert common == (identity(TOKENS.normalise(value)) == identity(value) == identity(OTHERS.normalise(value)))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("us", "<region>"),
        ("status", "status"),
        ("us2", "us2"),
        ("us-east1-b", "<location>-b"),
        ("us-east12", "<region>-east12"),
        ("run-api@acme-prod-us-1.iam.gserviceaccount.com", "run-api@<project>.iam.gserviceaccount.com"),
        ("us.origin.app.example.com", "<region>.origin.app.example.com"),
        ("prod.us: on call", "<stack>: on call"),
        ("10.1.0.0/16", "<addresses>"),
        ("110.1.0.0/16", "110.1.0.0/16"),
        ("10.1.0.0/160", "10.1.0.0/160"),
        ("10.1.128.0/24", "<services-address>/24"),
        ("US", "US"),
    ],
)
def test_a_token_counts_where_a_word_begins_and_ends_and_the_longest_wins(text: str, read: str) -> None:
    assert readable(TOKENS.normalise(text)) == read


def test_keys_are_texts_too() -> None:
    assert readable(TOKENS.normalise({"us": [{"of": "us"}]})) == {"<region>": [{"of": "<region>"}]}


def test_without_tokens_a_value_is_what_it_is() -> None:
    assert Tokens({}).normalise({"a": ["us", ""]}) == {"a": ["us", ""]}
